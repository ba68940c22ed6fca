from __future__ import annotations

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.errors import BadData, BadInput, RungError
from rung.evaluation.formats import UNNAMED, Dataset, read_dataset, write_bedrock, write_rows
from rung.evaluation.records import Citation, EvalItem, Passage, Response
from rung.types import Message, TokenUsage, is_plain

ENDINGS = (".jsonl", ".csv", ".parquet")
# Spaces at the ends are kept, so are line breaks of every kind, quotes, commas and letters beyond ASCII.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(lambda text: text.strip())
PASSAGE = st.builds(Passage, TEXT, st.none() | TEXT, st.none() | st.floats(0, 1))
TURNS = st.lists(TEXT, max_size=4).map(
    lambda texts: tuple(Message(("user", "assistant")[n % 2], text) for n, text in enumerate(texts))
)
ITEM = st.builds(
    EvalItem,
    id=TEXT,
    input=TEXT,
    references=st.lists(TEXT, max_size=3).map(tuple),
    category=st.none() | TEXT,
    contexts=st.lists(TEXT, max_size=2).map(tuple),
    context_ids=st.lists(TEXT, max_size=2).map(tuple),
    earlier=TURNS,
)
RESPONSE = st.builds(
    Response,
    item=st.just(""),
    system=TEXT,
    text=st.just("") | TEXT,
    passages=st.lists(PASSAGE, max_size=2).map(tuple),
    citations=st.lists(st.builds(Citation, TEXT, st.lists(PASSAGE, max_size=2).map(tuple)), max_size=2).map(tuple),
    error=st.none() | TEXT,
    usage=st.none() | st.builds(TokenUsage, *[st.integers(0, 9)] * 4),
    latency_s=st.none() | st.floats(0, 9),
    cost_usd=st.none() | st.floats(0, 9),
)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    items = draw(st.lists(ITEM, min_size=1, max_size=3, unique_by=lambda item: item.id))
    systems = draw(st.lists(TEXT.filter(is_plain), max_size=2, unique=True))
    responses: dict[str, dict[str, Response]] = {}
    for item in items:
        for system in systems:
            if draw(st.booleans()):
                made = replace(draw(RESPONSE), item=item.id, system=system)
                responses.setdefault(system, {})[item.id] = made
    return Dataset("data", tuple(items), responses)


@pytest.mark.capability("eval-formats", verified="real")
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_reads_back(tmp_path_factory: pytest.TempPathFactory, ending: str) -> None:
    path = tmp_path_factory.mktemp("round") / f"data{ending}"

    @settings(max_examples=60, deadline=None)
    @given(datasets())
    def holds(dataset: Dataset) -> None:
        write_rows(path, dataset)
        assert read_dataset(path) == dataset

    holds()


def jsonl(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


PROMPT = {
    "prompt": "What is the capital of France?",
    "referenceResponse": "Paris",
    "category": "geography",
    "modelResponses": [{"response": "Paris", "modelIdentifier": "small"}],
}
SECOND = PROMPT | {"modelResponses": [{"response": "Lyon", "modelIdentifier": "large"}]}


def contents(*texts: str) -> list[dict[str, Any]]:
    return [{"content": [{"text": text}]} for text in texts]


CONVERSATION = {
    "conversationTurns": [
        {"prompt": contents("Where is Ada?")[0], "referenceResponses": contents("In London.")},
        {
            "prompt": contents("Since when?")[0],
            "referenceResponses": contents("1815", "Since 1815"),
            "output": {
                "text": "Since 1815.",
                "modelIdentifier": "m",
                "knowledgeBaseIdentifier": "kb",
                "retrievedPassages": {"retrievalResults": [{"name": "ada.txt", "content": {"text": "Born 1815."}}]},
                "citations": [
                    {
                        "generatedResponsePart": {"textResponsePart": {"text": "Since 1815."}},
                        "retrievedReferences": [{"content": {"text": "Born 1815."}}],
                    }
                ],
            },
        },
    ]
}
RETRIEVED = {
    "conversationTurns": [
        {
            "prompt": contents("Who?")[0],
            "referenceContexts": contents("Ada was born in 1815."),
            "output": {
                "knowledgeBaseIdentifier": "kb",
                "retrievedPassages": {"retrievalResults": [{"content": {"text": "Ada"}}, {"content": {"text": "Bo"}}]},
            },
        }
    ]
}


@pytest.mark.capability("eval-formats", verified="real")
def test_prompts_of_bedrock(tmp_path: Path) -> None:
    found = read_dataset(jsonl(tmp_path / "prompts.jsonl", [PROMPT, SECOND]))
    (item,) = found.items
    assert (item.input, item.references, item.category) == (PROMPT["prompt"], ("Paris",), "geography")
    assert {name: mine[item.id].text for name, mine in found.responses.items()} == {"small": "Paris", "large": "Lyon"}


def test_conversations_of_bedrock(tmp_path: Path) -> None:
    found = read_dataset(jsonl(tmp_path / "rag.jsonl", [CONVERSATION, RETRIEVED]))
    asked, searched = found.items
    assert asked.earlier == (Message("user", "Where is Ada?"), Message("assistant", "In London."))
    assert asked.references == ("1815", "Since 1815")
    given = found.responses["m | kb"][asked.id]
    assert given.passages == (Passage("Born 1815.", "ada.txt"),)
    assert given.citations == (Citation("Since 1815.", (Passage("Born 1815."),)),)
    assert searched.contexts == ("Ada was born in 1815.",)
    only = found.responses[" | kb"][searched.id]
    assert (only.text, [passage.text for passage in only.passages]) == ("", ["Ada", "Bo"])


@pytest.mark.capability("eval-formats", verified="real")
def test_bedrock_is_written_as_it_was(tmp_path: Path) -> None:
    both = PROMPT | {"modelResponses": PROMPT["modelResponses"] + SECOND["modelResponses"]}  # pyright: ignore
    rows = [both, CONVERSATION, RETRIEVED]
    read = read_dataset(jsonl(tmp_path / "a.jsonl", rows))
    write_bedrock(tmp_path / "a" / "a.jsonl", read)
    assert [json.loads(line) for line in (tmp_path / "a" / "a.jsonl").read_text().splitlines()] == rows
    assert read_dataset(tmp_path / "a" / "a.jsonl") == read


def test_a_history_that_bedrock_cannot_hold_is_refused(tmp_path: Path) -> None:
    item = EvalItem("1", "q", earlier=(Message("system", "Be short."),))
    with pytest.raises(BadInput, match="history"):
        write_bedrock(tmp_path / "x.jsonl", Dataset("x", (item,)))


def test_columns_of_workloads_and_of_question_answering(tmp_path: Path) -> None:
    rows = [
        {"input": "a", "output": "b", "slice": "s"},
        {"question": "c", "answers": {"text": ["d", "e"], "answer_start": [0, 1]}},
        {"prompt": "f", "references": 5.0},
    ]
    items = read_dataset(jsonl(tmp_path / "x.jsonl", rows)).items
    assert [item.references for item in items] == [("b",), ("d", "e"), ("5",)]
    assert items[0].category == "s"


def test_plain_csv_with_a_response_column(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes('\ufeffinput,reference,response\r\n"a, b",5.0,\r\nc,d,e\r\n'.encode())
    found = read_dataset(path)
    assert [item.references for item in found.items] == [("5.0",), ("d",)]
    assert [one.text for one in found.responses[UNNAMED].values()] == ["", "e"]


def test_ids_come_from_the_content_and_repeated_rows_stay_apart(tmp_path: Path) -> None:
    rows = [{"input": "a", "references": "b"}, {"input": "c"}, {"input": "a", "references": "b"}]
    first = read_dataset(jsonl(tmp_path / "x.jsonl", rows))
    moved = read_dataset(jsonl(tmp_path / "y.jsonl", rows[::-1]))
    assert {item.id for item in first.items} == {item.id for item in moved.items}
    assert len({item.id for item in first.items}) == 3


TASK = """\
task: capitals
dataset_path: json
dataset_kwargs:
  data_files: {test: rows.jsonl}
test_split: test
output_type: multiple_choice
doc_to_text: "Question: {{question.strip()}}\\nAnswer:"
doc_to_choice: ["{{good}}", "{{bad}}"]
doc_to_target: right
num_fewshot: 5
"""


def harness(folder: Path, task: str = TASK, row: Mapping[str, Any] | None = None) -> Path:
    jsonl(folder / "rows.jsonl", [row or {"question": " France? ", "good": "Paris", "bad": "Lyon", "right": 0}])
    (folder / "task.yaml").write_text(task, encoding="utf-8")
    return folder / "task.yaml"


@pytest.mark.capability("eval-formats", verified="real")
def test_a_harness_task_on_local_data(tmp_path: Path) -> None:
    found = read_dataset(harness(tmp_path))
    assert found.name == "capitals"
    assert found.items[0].input == "Question: France?\nAnswer:"
    assert found.items[0].references == ("Paris",)
    assert any("num_fewshot" in note for note in found.notes)
    assert any("likelihood" in note for note in found.notes)


@pytest.mark.parametrize(
    ("old", "new", "references"),
    [
        ("doc_to_target: right", "doc_to_target: '{{1 - right}}'", ("Lyon",)),
        ("doc_to_target: right", "doc_to_target: 1", ("Lyon",)),
        ("doc_to_target: right", 'doc_to_target: "{{[good, bad]}}"', ("Paris", "Lyon")),
        ("doc_to_target: right", "doc_to_target: good", ("Paris",)),
        ('["{{good}}", "{{bad}}"]', '"{{[bad, good]}}"', ("Lyon",)),
        ('["{{good}}", "{{bad}}"]', '{a: "{{good}}", b: never}', ("Paris",)),
    ],
)
def test_targets_and_choices_of_a_task(tmp_path: Path, old: str, new: str, references: tuple[str, ...]) -> None:
    assert old in TASK
    assert read_dataset(harness(tmp_path, TASK.replace(old, new))).items[0].references == references


@pytest.mark.capability("eval-formats", verified="real")
@pytest.mark.parametrize(
    ("target", "choices", "reference"),
    [
        ("2", ["1", "2", "3"], "2"),
        (2, ["1", "2", "3"], "3"),
        (0, ["5", "10"], "5"),
        ("10", ["5", "10"], "10"),
        ("1", ["a", "b"], "b"),
        (" b ", ["a", "b"], "b"),
    ],
)
def test_a_text_is_a_choice_and_an_integer_its_place(
    tmp_path: Path, target: object, choices: list[str], reference: str
) -> None:
    task = TASK.replace('["{{good}}", "{{bad}}"]', "ch")
    row = {"question": "q", "right": target, "ch": choices}
    assert read_dataset(harness(tmp_path, task, row)).items[0].references == (reference,)


@pytest.mark.parametrize("target", [-1, "-1", 1.0, True, 3, "3", "d", 10**400])
def test_a_target_that_is_no_choice_is_an_error(tmp_path: Path, target: object) -> None:
    task = TASK.replace('["{{good}}", "{{bad}}"]', "ch")
    with pytest.raises(BadData, match="none of 3 choices") as raised:
        read_dataset(harness(tmp_path, task, {"question": "q", "right": target, "ch": ["a", "b", "c"]}))
    assert "count from 0" in raised.value.mend


def test_a_text_of_csv_that_may_be_a_choice_or_a_place_is_an_error(tmp_path: Path) -> None:
    task = TASK.replace("json", "csv").replace("rows.csvl", "rows.csv").replace('["{{good}}", "{{bad}}"]', "ch")
    (tmp_path / "task.yaml").write_text(task, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("question,right,ch\nq,2,\"['1', '2', '3']\"\n", encoding="utf-8")
    with pytest.raises(BadData, match="CSV does not say which"):
        read_dataset(tmp_path / "task.yaml")


@pytest.mark.capability("eval-formats", verified="real")
@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "steps"),
        ("{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(40) }}", "steps"),
        ("{{ 'a' * 3000000000 }}", "more than 10000000 characters"),
        ("{{ ['a'] * 3000000000 }}", "more than 10000000 characters"),
        ("{{ 'a' | center(3000000000) }}", "center asks for more"),
        ("{{ 'a'.ljust(3000000000) }}", "ljust asks for more"),
        ("{{ '%3000000000d' % 1 }}", "a format asks for more"),
        ("{{ '%*d' % (3000000000, 1) }}", "a format asks for more"),
        ("{{ '{:3000000000}'.format(1) }}", "a format asks for more"),
        ("{{ '{:{}}'.format(1, '3000000000') }}", "a width that is a field"),
        ("{{ 9 ** (9 ** 9) }}", "thousands of digits"),
        ("{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}", "characters"),
        ("{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}", "characters"),
        ("{{ ('a' * 99999) | replace('a', 'b' * 99999) }}", "characters"),
        ("{{ ('a' * 99999).replace('a', 'b' * 99999) }}", "characters"),
        ("{{ range(99999) | join('a' * 99999) }}", "characters"),
        ("{{ range(99999) | map('center', 99999) | list | length }}", "in all"),
        ("{% for i in range(9999) %}{{ 'a' * 99999 }}{% endfor %}", "characters"),
    ],
)
def test_a_template_that_would_not_end_is_refused(tmp_path: Path, template: str, said: str) -> None:
    task = TASK.replace('"Question: {{question.strip()}}\\nAnswer:"', json.dumps(template))
    assert template[:9] in task
    start = time.perf_counter()
    with pytest.raises(BadInput, match=said) as raised:
        read_dataset(harness(tmp_path, task))
    assert raised.value.mend
    assert time.perf_counter() - start < 10


@pytest.mark.capability("eval-formats", verified="real")
def test_templates_do_what_they_did(tmp_path: Path) -> None:
    template = (
        "{% for x in xs %}{{ loop.index }}/{{ loop.length }}{{ ', ' if not loop.last }}{% endfor %} "
        "{{ good ~ 1 ~ bad }} {{ '%s-%d' % (good, 3) }} {{ xs | join('+') }} {{ good * 2 }} {{ 2 ** 10 }} "
        "{{ '{}'.format(bad) }} {% for k, v in d.items() %}{{ k }}={{ v }}{% endfor %} {{ xs | map('string') | join }}"
    )
    task = TASK.replace('"Question: {{question.strip()}}\\nAnswer:"', json.dumps(template))
    row = {"question": "q", "good": "g", "bad": "b", "right": 0, "xs": [1, 2], "d": {"k": 1}}
    made = read_dataset(harness(tmp_path, task, row)).items[0].input
    assert made == "1/2, 2/2 g1b g-3 1+2 gg 1024 b k=1 12"


@pytest.mark.parametrize("name", ["../rows.jsonl", "sub/../../rows.jsonl", "/etc/hostname", "link.jsonl"])
def test_data_files_do_not_leave_the_folder_of_the_task(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "task"
    folder.mkdir()
    (folder / "link.jsonl").symlink_to(tmp_path / "rows.jsonl")
    jsonl(tmp_path / "rows.jsonl", [{"question": "secret", "good": "a", "bad": "b", "right": 0}])
    with pytest.raises(BadData, match="leaves the folder") as raised:
        read_dataset(harness(folder, TASK.replace("rows.jsonl", name)))
    assert raised.value.mend


@pytest.mark.parametrize("field", ['"latency_s": {}', '"usage": {{"input": {}}}', '"cost_usd": {}'])
def test_numbers_too_large_to_count_with_are_errors_of_their_row(tmp_path: Path, field: str) -> None:
    path = tmp_path / "x.jsonl"
    for digits in (400, 5000):
        line = '{"input": "a", "response": "b", ' + field.format("9" * digits) + "}\n"
        path.write_text(OK + line, encoding="utf-8")
        with pytest.raises(BadData, match="line 2") as raised:
            read_dataset(path)
        assert len(raised.value.problem) < 500
    path.write_text('{"input": "a", "references": ' + "9" * 400 + "}\n", encoding="utf-8")
    assert read_dataset(path).items[0].references == ("9" * 400,)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("doc_to_target: right", "doc_to_target: 0x" + "f" * 5000, "more than 300 digits"),
        ("doc_to_target: right", "doc_to_target: " + "9" * 5000, "more than 300 digits"),
        ("doc_to_target: right", "doc_to_target: 2026-99-99", "not YAML"),
        ("doc_to_target: right", "doc_to_target: &a [*a]", "grows without end"),
        (
            "doc_to_target: right",
            "doc_to_target:\n- &a0 [x, x]\n"
            + "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
            "grows without end",
        ),
        ("doc_to_target: right", "doc_to_target: !function utils.target", r"task.yaml:9: `!function`"),
        ("doc_to_target: right", "process_docs: utils.docs", "`process_docs` is code"),
        ("doc_to_target: right", "include: other.yaml", "include"),
        ("dataset_path: json", "dataset_path: cais/mmlu", "only local data"),
        ("{test: rows.jsonl}", "https://example.org/x.jsonl", "names no local file"),
        ("{test: rows.jsonl}", "[a.jsonl, b.jsonl]", "2 files"),
        ("rows.jsonl", "absent.jsonl", "no such file"),
        ("doc_to_text", "text", "doc_to_text"),
        ("task: capitals", "task: [", "not YAML"),
        ("question.strip()", "question.__class__.__mro__", "unsafe"),
        ("question.strip()", "unknown", "unknown"),
        ("question.strip()", "question | nofilter", "no template"),
        ("question.strip()", "range(1000000)", "too big"),
        ("doc_to_target: right", "doc_to_target: 2", "none of 2 choices"),
    ],
)
def test_tasks_that_cannot_be_used(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TASK
    with pytest.raises(RungError, match=said) as raised:
        read_dataset(harness(tmp_path, TASK.replace(old, new)))
    assert raised.value.mend


OK = '{"input": "a", "references": ["b"]}\n'


@pytest.mark.capability("eval-formats", verified="real")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OK + '{"input": "a"\n', "line 2: not JSON"),
        (OK + "[1]\n", "line 2: not a JSON object"),
        (OK + '{"references": ["b"]}\n', "line 2: 'input' is missing"),
        (OK + '{"input": " "}\n', "line 2: 'input' is empty"),
        (OK + '{"input": ["x"]}\n', "line 2: 'input' is a list"),
        (OK + '{"input": "\\ud800"}\n', "line 2: 'input' holds half of a surrogate"),
        (OK + '{"input": "x", "references": {"a": 1}}\n', "line 2: 'references' is an object"),
        (OK + '{"input": "x", "response": {"a": 1}}\n', "line 2: 'response' is an object"),
        (OK + '{"input": "x", "passages": "y"}\n', "line 2: 'passages' is str, not a list"),
        (OK + '{"input": "x", "response": "y", "cost_usd": -1}\n', "line 2: 'cost_usd' is -1"),
        (OK + '{"input": "x", "response": "y", "usage": {"input": "many"}}\n', "'usage.input' is 'many'"),
        (OK + '{"input": "x", "earlier": [{"role": "tool", "content": "y"}]}\n', "line 2: a turn"),
        (OK + '{"input": "x", "id": "1"}\n{"input": "y", "id": "1"}\n', "line 3: the id '1' stands already at 2"),
        (OK + '{"input": "x", "id": "1"}\n{"input": "x", "id": "1"}\n', "line 3: the id '1' stands already at 2"),
        ('{"input": "x", "id": "1", "response": "y"}\n' * 2, "line 2: a second response of 'responses'"),
        ('{"prompt": "x", "modelResponses": {"a": 1}}\n', "line 1: 'modelResponses' is an object"),
        ('{"prompt": "x", "modelResponses": [{"modelIdentifier": "m"}]}\n', "line 1: 'response' is missing"),
        ('{"conversationTurns": []}\n', "line 1: 'conversationTurns' is empty"),
        ('{"conversationTurns": [{"prompt": {"content": []}}]}\n', "'prompt.content' is empty"),
        ('{"conversationTurns": [{"prompt": {"content": [{"text": "x"}]}, "output": {}}]}\n', "neither 'text'"),
        ("[" * 100_000 + "\n", "not JSON that can be read"),
        ('{"input": ' + "[" * 100_000 + "\n", "not JSON"),
        ('{"text": "x"}\n', "no column input"),
        ("", "holds no rows"),
    ],
)
def test_bad_rows_are_one_error_with_line_and_mend(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadData, match=r"x\.jsonl") as raised:
        read_dataset(path)
    assert said in raised.value.problem
    assert raised.value.mend


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(OK.encode() + b'{"input": "\xff"}\n')
    with pytest.raises(BadData, match="line 2: not UTF-8"):
        read_dataset(tmp_path / "x.jsonl")


def test_a_byte_order_mark_and_gzip_are_no_part_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + OK.encode()))
    found = read_dataset(tmp_path / "x.jsonl.gz")
    assert (found.name, found.items[0].input) == ("x", "a")


def test_missing_references_and_empty_or_huge_responses_are_read(tmp_path: Path) -> None:
    rows = [{"input": "a", "response": "x" * 10_000_000, "system": "s"}, {"input": "b", "response": "", "system": "s"}]
    found = read_dataset(jsonl(tmp_path / "x.jsonl", rows))
    assert [len(one.text) for one in found.responses["s"].values()] == [10_000_000, 0]
    assert all(item.references == () for item in found.items)
