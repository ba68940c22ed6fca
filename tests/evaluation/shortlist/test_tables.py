from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from rung.errors import BadData, BadInput
from rung.evaluation.shortlist import ModelRow, ModelTable, parse_needs, read_models, shortlist
from rung.evaluation.shortlist.columns import concept_of, find_column
from tests.evaluation.shared import SHARED, shared_file

pytestmark = pytest.mark.capability("shortlist-forms", verified="real")

ROWS = [{"model": "a", "params_b": 1, "license": "mit"}, {"model": "b", "params_b": 7, "license": "apache-2.0"}]
CARD = """\
---
license: other
license_name: llama3.1
language:
- de
- no
base_model: org/base
model-index:
- name: x
  results:
  - dataset: {name: GSM8K}
    metrics:
    - {type: acc, value: 81.5}
    - {type: acc, value: 79.0}
  - dataset: {type: mmlu}
    metrics: [{name: accuracy, value: 0.7}]
---
# A model
"""


def table(**columns: list[Any]) -> ModelTable:
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    named = [{"model": f"m{at}"} | row for at, row in enumerate(rows)]
    return ModelTable(Path("t.csv"), "line", tuple(ModelRow(at, row) for at, row in enumerate(named, start=1)))


def names(path: Path, needs: str) -> list[str]:
    return [one.model for one in shortlist(read_models(path), parse_needs(needs)).kept]


@pytest.mark.parametrize(
    "form", ["t.csv", "t.csv.gz", "t.jsonl", "list.json", "object.json", "within.json", "t.parquet"]
)
def test_all_forms_say_the_same(tmp_path: Path, form: str):
    path = tmp_path / form
    text = {
        "t.csv": "\ufeffmodel,params_b,license\na,1,mit\nb,7,apache-2.0\n",
        "t.jsonl": "\n".join(map(json.dumps, ROWS)),
        "list.json": "\ufeff" + json.dumps(ROWS),
        "object.json": json.dumps({row["model"]: row for row in ROWS}),
        "within.json": json.dumps({"models": ROWS, "date": "today"}),
    }
    if form == "t.csv.gz":
        path.write_bytes(gzip.compress(text["t.csv"].encode()))
    elif form == "t.parquet":
        arrow: Any = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(arrow.Table.from_pylist(ROWS), path)
    else:
        path.write_text(text[form], encoding="utf-8")
    assert names(path, "size<=7b") == ["a", "b"]
    assert names(path, "licence=apache") == ["b"]


def test_model_cards(tmp_path: Path):
    card = tmp_path / "org" / "one" / "README.md"
    card.parent.mkdir(parents=True)
    card.write_text(CARD.replace("\n", "\r\n"), encoding="utf-8")
    (card.parent / "config.json").write_text('{"text_config": {"max_position_embeddings": 131072}}', encoding="utf-8")
    cached = tmp_path / "models--org--two" / "snapshots" / "abc" / "README.md"
    cached.parent.mkdir(parents=True)
    cached.write_text("# No head\n", encoding="utf-8")
    found = read_models(tmp_path)
    assert found.unit == "card"
    assert {str(row.cells["model"]) for row in found.rows} == {"org/one", "org/two"}
    cells = next(row.cells for row in found.rows if row.cells["model"] == "org/one")
    assert (cells["GSM8K acc"], cells["GSM8K acc (2)"], cells["mmlu accuracy"]) == (81.5, 79.0, 0.7)
    needs = "license=llama,language=German,language=no,context>=128k,mmlu>=70%,base_model=org/base"
    verdicts = {one.model: one for one in shortlist(found, parse_needs(needs)).verdicts}
    assert verdicts["org/one"].verdict == "kept"
    assert verdicts["org/two"].verdict == "unknown"
    assert len(verdicts["org/two"].unknown) == 6


@pytest.mark.parametrize(
    "head", ["---\nlicense: [mit\n---\n", "---\nlicense: mit\nlicense: mit\n---\n", "---\n- 1\n---\n"]
)
def test_a_broken_card_is_named(tmp_path: Path, head: str):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "README.md").write_text(head, encoding="utf-8")
    with pytest.raises(BadInput, match=r"README\.md"):
        read_models(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("t.txt", b"a", "cannot tell the format"),
        ("t.csv", b"model\n", "holds no rows"),
        ("t.csv", b"model,size\na\n", "fewer cells"),
        ("t.csv", b"model,size\n\xff,1\n", "not UTF-8"),
        ("t.json", b"[1]", "entry 1: not an object"),
        ("t.json", b"3", "no table of models"),
        ("t.json", b"{}", "holds no models"),
        ("t.json", b'{"a": 3}', "'a' is not an object"),
        ("t.json", b"[" * 100_000, "nested too deeply"),
        ("t.jsonl", b'{"model": "a"}\nx\n', "line 2: not JSON"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes, problem: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadData, match=problem):
        read_models(tmp_path / name)


def test_no_file_and_no_cards(tmp_path: Path):
    with pytest.raises(BadData, match="no such file"):
        read_models(tmp_path / "none.csv")
    with pytest.raises(BadData, match="no model cards"):
        read_models(tmp_path)


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("#Params (B)", "parameters"),
        ("params_b", "parameters"),
        ("safetensors.total", "parameters"),
        ("maxPositionEmbeddings", "context"),
        ("Context Window", "context"),
        ("Hub License", "license"),
        ("cardData.language", "language"),
        ("Average ⬆️", None),
        ("parameter_sharing", None),
    ],
)
def test_what_columns_are_about(name: str, concept: str | None):
    assert concept_of(name) == concept


def test_sizes_in_all_scales_are_the_same():
    for column, cells in {
        "params_b": [7, 13],
        "#Params (M)": ["7,000", 13000],
        "size": ["7B", "13B"],
        "parameters": [7_000_000_000, 13_000_000_000],
        "model_size": [7.0, 13.0],
    }.items():
        given = table(**{column: cells})
        assert [one.model for one in shortlist(given, parse_needs("parameters<=8b")).kept] == ["m0"], column
        assert [one.model for one in shortlist(given, parse_needs("parameters<=8")).kept] == ["m0"], column


def test_a_number_beside_the_columns_own_name_is_in_its_unit():
    given = table(params_m=[350, 700])
    assert [one.model for one in shortlist(given, parse_needs("params_m<=350")).kept] == ["m0"]


def test_a_context_in_thousands():
    given = table(**{"Context (k)": [8, 128]})
    assert [one.model for one in shortlist(given, parse_needs("context>=8k")).kept] == ["m0", "m1"]
    assert [one.model for one in shortlist(given, parse_needs("Context (k)>=100")).kept] == ["m1"]


def test_dollars_are_not_looked_for_among_kilograms():
    with pytest.raises(BadInput, match="not in USD"):
        shortlist(table(**{"CO2 cost (kg)": [1.2]}), parse_needs("cost<=2USD"))


def test_sizes_in_two_scales_are_refused():
    with pytest.raises(BadData, match="billions and single ones"):
        shortlist(table(params=[7, 13_000_000_000]), parse_needs("params<=8b"))


@pytest.mark.parametrize(
    ("needs", "kept"),
    [
        ("context>=8k", ["m1", "m2", "m3"]),
        ("context>8k", ["m3"]),
        ("context<=8k", ["m0", "m1", "m2"]),
        ("context=8k", ["m1", "m2"]),
        ("context<8k", ["m0"]),
        ("context>=8192", ["m1", "m2", "m3"]),
    ],
)
def test_8k_is_8000_or_8192(needs: str, kept: list[str]):
    given = table(context_length=[4096, 8192, "8k", 131072])
    assert [one.model for one in shortlist(given, parse_needs(needs)).kept] == kept


@pytest.mark.parametrize("cells", [[0.75, 0.85], ["75%", "85%"], [75, 85], ["75%", 85]])
def test_percentages_and_shares(cells: list[Any]):
    assert [one.model for one in shortlist(table(accuracy=cells), parse_needs("accuracy>=80%")).kept] == ["m1"]


def test_percentages_among_shares_are_refused():
    with pytest.raises(BadData, match="percentages and numbers up to 1"):
        shortlist(table(accuracy=["75%", 0.85]), parse_needs("accuracy>=80%"))


def test_columns_that_are_missing_or_ambiguous_are_listed():
    given = table(input_price=[1], output_price=[2], accuracy=[0.5])
    with pytest.raises(BadInput) as caught:
        find_column(given, "price")
    assert "'input_price' or 'output_price'" in caught.value.problem
    with pytest.raises(BadInput) as caught:
        find_column(given, "acuracy")
    assert "did you mean 'accuracy'? the columns are: model, input_price, output_price, accuracy" in caught.value.mend


@pytest.mark.parametrize(
    "need", ["size<=8q", "size<=nan", "size<=80%", "size=big", "license>mit", "size<=3USD", "accuracy>=high", "model>3"]
)
def test_values_that_fit_no_column_are_refused(need: str):
    with pytest.raises(BadInput):
        shortlist(table(size=["7B"], license=["mit"], accuracy=[0.5]), parse_needs(need))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded data are not here (set RUNG_SHARED)")
def test_facts_of_recorded_systems_are_tables():
    files = sorted((SHARED / "evals").glob("*.models.json"))
    assert files
    for file in files:
        facts: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
        small = sorted((f["params_b"], at) for at, f in enumerate(facts.values()) if (f["params_b"] or 1e9) <= 13)
        kept = shortlist(read_models(file), parse_needs("parameters<=13b")).kept
        assert [one.model for one in kept] == [list(facts)[at] for _, at in small]


def test_the_smallest_of_gsm8k_at_80_percent():
    found = shortlist(
        read_models(shared_file("evals/zeroeval_gsm8k.models.json")), parse_needs("accuracy>=80%,size<=13b")
    )
    assert [one.model for one in found.kept] == ["Qwen2-7B-Instruct", "Meta-Llama-3.1-8B-Instruct", "gemma-2-9b-it"]
