"""Amazon Bedrock Evaluations' JSONL: prompts with model responses, and conversations of retrieval systems.

Both are the forms for responses that one brings along ("bring your own inference responses"):

    {"prompt", "referenceResponse", "category", "modelResponses": [{"response", "modelIdentifier"}]}
    {"conversationTurns": [{"prompt": {"content": [{"text"}]}, "referenceResponses": [{"content": [{"text"}]}],
      "referenceContexts": [...], "output": {"text", "modelIdentifier", "knowledgeBaseIdentifier",
      "retrievedPassages": {"retrievalResults": [{"name", "content": {"text"}}]}, "citations": [...]}}]}

Of a conversation the last turn is the item; the turns before it are its history. The form has no ids: they come from
the content. A system with a knowledge base is called `MODEL | KNOWLEDGE BASE`, so that a model with two knowledge
bases is two systems. Source: Amazon Bedrock User Guide, "Create a prompt dataset for a RAG evaluation".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rung.errors import BadInput
from rung.evaluation.formats.cells import label_of, list_of, mapping_of, text_of
from rung.evaluation.formats.dataset import UNNAMED, Dataset, Row, Unusable, gather
from rung.evaluation.records import Citation, EvalItem, Passage, Response
from rung.types import Message
from rung.workload.tables import Record, RowProblem, Table

BESIDE: Final = " | "
"""Stands between a model and its knowledge base in the name of a system."""


def is_bedrock(table: Table) -> bool:
    """Whether a table has the form: its rows are conversations, or hold `modelResponses` or `referenceResponse`."""
    return any(name in table.columns for name in ("conversationTurns", "modelResponses", "referenceResponse"))


def read_bedrock(table: Table) -> Dataset:
    """The data set of a table in one of both forms.

    Raises:
        BadData: rows that cannot be used.
    """
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for record in table.records:
        try:
            rows.append(_conversation(record) if "conversationTurns" in record.cells else _prompt(record))
        except Unusable as error:
            problems.append(RowProblem(record.place, error.problem, error.mend))
    return gather(table.path, table.unit, rows, problems)


def _prompt(record: Record) -> Row:
    cells = record.cells
    reference = label_of(cells.get("referenceResponse"), "referenceResponse")
    item = EvalItem(
        id="",
        input=text_of(cells.get("prompt"), "prompt"),
        references=() if reference is None else (reference,),
        category=label_of(cells.get("category"), "category"),
    )
    given = [mapping_of(one, "modelResponses") for one in list_of(cells.get("modelResponses"), "modelResponses")]
    responses = [
        Response(
            item="",
            system=label_of(one.get("modelIdentifier"), "modelIdentifier") or UNNAMED,
            text=text_of(one.get("response"), "response", empty=True),
        )
        for one in given
    ]
    return Row(record.place, item, tuple(responses))


def _conversation(record: Record) -> Row:
    turns = [mapping_of(one, "conversationTurns") for one in list_of(record.cells["conversationTurns"], "turns")]
    if not turns:
        raise Unusable("'conversationTurns' is empty", "give at least one turn")
    *before, last = turns
    item = EvalItem(
        id="",
        input=_content(last.get("prompt"), "prompt"),
        references=_contents(last, "referenceResponses"),
        category=label_of(record.cells.get("category"), "category"),
        contexts=_contents(last, "referenceContexts"),
        earlier=tuple(message for turn in before for message in _history(turn)),
    )
    output = last.get("output")
    return Row(record.place, item, () if output is None else (_output(mapping_of(output, "output")),))


def _history(turn: Mapping[str, Any]) -> list[Message]:
    """A past turn: what was asked, and the right answer, else the given one, where there is either."""
    said = [Message("user", _content(turn.get("prompt"), "prompt"))]
    answers = _contents(turn, "referenceResponses")
    given = label_of(mapping_of(turn.get("output"), "output").get("text"), "output.text")
    answer = answers[0] if answers else given
    return said if answer is None else [*said, Message("assistant", answer)]


def _output(output: Mapping[str, Any]) -> Response:
    model = label_of(output.get("modelIdentifier"), "modelIdentifier")
    base = label_of(output.get("knowledgeBaseIdentifier"), "knowledgeBaseIdentifier")
    passages = output.get("retrievedPassages") or output.get("retrievedResults")
    results = list_of(mapping_of(passages, "retrievedPassages").get("retrievalResults"), "retrievalResults")
    text = output.get("text")
    if text is None and passages is None:
        raise Unusable("'output' holds neither 'text' nor 'retrievedPassages'", "give one of them, or no 'output'")
    return Response(
        item="",
        system=_system(model, base),
        text="" if text is None else text_of(text, "output.text", empty=True),
        passages=tuple(_passage(one) for one in results),
        citations=tuple(_citation(one) for one in list_of(output.get("citations"), "citations")),
    )


def _system(model: str | None, base: str | None) -> str:
    if base is None:
        return model or UNNAMED
    return f"{model or ''}{BESIDE}{base}"


def _passage(value: Any) -> Passage:
    given = mapping_of(value, "retrievalResults")
    text = text_of(mapping_of(given.get("content"), "content").get("text"), "content.text", empty=True)
    return Passage(text, label_of(given.get("name"), "name"))


def _citation(value: Any) -> Citation:
    given = mapping_of(value, "citations")
    part = mapping_of(given.get("generatedResponsePart"), "generatedResponsePart")
    said = mapping_of(part.get("textResponsePart"), "textResponsePart").get("text")
    passages = list_of(given.get("retrievedReferences"), "retrievedReferences")
    text = text_of(said, "generatedResponsePart.textResponsePart.text", empty=True)
    return Citation(text, tuple(_passage(one) for one in passages))


def _content(value: Any, name: str) -> str:
    parts = list_of(mapping_of(value, name).get("content"), f"{name}.content")
    texts = [text_of(mapping_of(part, f"{name}.content").get("text"), f"{name}.content.text") for part in parts]
    if not texts:
        raise Unusable(f"'{name}.content' is empty", 'write {"content": [{"text": ...}]}')
    return "\n".join(texts)


def _contents(turn: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_content(one, name) for one in list_of(turn.get(name), name))


def write_bedrock(path: Path, dataset: Dataset) -> None:
    """Write a data set in Bedrock's form.

    `read_bedrock` gives it back, but for ids, ids of contexts, and what the form has no place for: scores of passages,
    errors, tokens, prices and times of responses.

    Items with a history, reference contexts, several references or retrieved passages become conversations, one line
    for each system; all others become prompts, one line with the responses of all systems.

    Raises:
        BadInput: a history that is no question and answer in turn.
    """
    lines: list[Mapping[str, Any]] = []
    for item in dataset.items:
        given = [mine[item.id] for mine in dataset.responses.values() if item.id in mine]
        if _needs_turns(item, given):
            lines += [_turns(item, response) for response in given or [None]]
        else:
            lines.append(_line(item, given))
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")


def _needs_turns(item: EvalItem, given: Sequence[Response]) -> bool:
    retrieved = any(one.passages or one.citations or BESIDE in one.system for one in given)
    return retrieved or bool(item.earlier or item.contexts or len(item.references) > 1)


def _line(item: EvalItem, given: Sequence[Response]) -> dict[str, Any]:
    made: dict[str, Any] = {"prompt": item.input}
    if item.references:
        made["referenceResponse"] = item.references[0]
    if item.category is not None:
        made["category"] = item.category
    if given:
        made["modelResponses"] = [{"response": one.text, "modelIdentifier": one.system} for one in given]
    return made


def _turns(item: EvalItem, response: Response | None) -> dict[str, Any]:
    last: dict[str, Any] = {"prompt": _written(item.input)}
    if item.references:
        last["referenceResponses"] = [_written(one) for one in item.references]
    if item.contexts:
        last["referenceContexts"] = [_written(one) for one in item.contexts]
    if response is not None:
        last["output"] = _output_of(response)
    made: dict[str, Any] = {"conversationTurns": [*_past(item), last]}
    if item.category is not None:
        made["category"] = item.category
    return made


def _past(item: EvalItem) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for message in item.earlier:
        if message.role == "user":
            turns.append({"prompt": _written(message.content)})
        elif message.role == "assistant" and turns and "referenceResponses" not in turns[-1]:
            turns[-1]["referenceResponses"] = [_written(message.content)]
        else:
            raise BadInput(
                f"the history of the item {item.id!r} is no question and answer in turn, as Bedrock's form wants it",
                mend="write it as .jsonl in our own form",
            )
    return turns


def _output_of(response: Response) -> dict[str, Any]:
    model, beside, base = response.system.partition(BESIDE)
    output: dict[str, Any] = {"text": response.text} if response.text or not response.passages else {}
    if model:
        output["modelIdentifier"] = model
    if beside:
        output["knowledgeBaseIdentifier"] = base
    if response.passages:
        output["retrievedPassages"] = {"retrievalResults": [_result(one) for one in response.passages]}
    if response.citations:
        output["citations"] = [
            {
                "generatedResponsePart": {"textResponsePart": {"text": one.text}},
                "retrievedReferences": [_result(passage) for passage in one.passages],
            }
            for one in response.citations
        ]
    return output


def _result(passage: Passage) -> dict[str, Any]:
    named = {} if passage.id is None else {"name": passage.id}
    return {**named, "content": {"text": passage.text}}


def _written(text: str) -> dict[str, Any]:
    return {"content": [{"text": text}]}
