r"""The generic prompt forms, one per task. The embedded models were trained on exactly these.

A prompt is one user message, made of blocks; a block may be preceded by solved blocks (few-shot), with a blank line
between. The user's instruction, when there is one, is the system message; for `generate` it opens the user message.

    answer     Context:\n{document}\n{document}\n\nQuestion: {input}\nAnswer:
               (without documents, from `Question:` on)
    classify   Text: {input}\nLabels: {label}, {label}\nLabel:
    extract    Text: {input}\nFields: {field}, {field}\nJSON:
    generate   {instruction}\n\n{input}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rung.types import Message, Prompt, TaskKind
from rung.workload import Brief


@dataclass(frozen=True, slots=True)
class Shot:
    """A solved example: input, output, and the contexts that stood before it."""

    input: str
    output: str
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptForm:
    """How the inputs of a workload become prompts, and how completions become answers.

    Args:
        task: the kind of task.
        instruction: the task in the user's words; may be empty.
        labels: listed in the prompt (classify); empty: not listed, for models that were taught them.
        fields: listed in the prompt (extract).
    """

    task: TaskKind
    instruction: str = ""
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @classmethod
    def of(cls, brief: Brief, *, list_labels: bool = True) -> PromptForm:
        """The form of a workload."""
        return cls(brief.task, brief.instruction, brief.labels if list_labels else (), brief.fields)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PromptForm:
        """The form that `to_json` wrote."""
        return cls(data["task"], data["instruction"], tuple(data["labels"]), tuple(data["fields"]))

    def to_json(self) -> dict[str, Any]:
        """A form that `from_json` reads back."""
        return asdict(self)

    def prompt(self, text: str, contexts: Sequence[str] = (), shots: Sequence[Shot] = ()) -> Prompt:
        """The prompt for one input."""
        blocks = [f"{self.block(shot.input, shot.contexts)} {shot.output}" for shot in shots]
        blocks.append(self.block(text, contexts))
        user = "\n\n".join(blocks)
        if not self.instruction:
            return (Message("user", user),)
        if self.task == "generate":
            return (Message("user", f"{self.instruction}\n\n{user}"),)
        return (Message("system", self.instruction), Message("user", user))

    def block(self, text: str, contexts: Sequence[str] = ()) -> str:
        """One input in its form, up to where the answer begins."""
        if self.task == "answer":
            before = "Context:\n" + "\n".join(contexts) + "\n\n" if contexts else ""
            return f"{before}Question: {text}\nAnswer:"
        if self.task == "classify":
            return "\n".join([f"Text: {text}", *self._listed("Labels", self.labels), "Label:"])
        if self.task == "extract":
            return "\n".join([f"Text: {text}", *self._listed("Fields", self.fields), "JSON:"])
        before = "\n".join(contexts) + "\n\n" if contexts else ""
        return before + text

    @staticmethod
    def _listed(name: str, values: Sequence[str]) -> list[str]:
        return [f"{name}: {', '.join(values)}"] if values else []

    @property
    def stops(self) -> tuple[str, ...]:
        """Where a model that goes on with a block of its own is stopped."""
        if self.task == "answer":
            return ("\n\nQuestion:", "\n\nContext:")
        return ("\n\nText:",) if self.task in ("classify", "extract") else ()

    def read(self, completion: str) -> str:
        """The answer in a completion: the first line of a label, JSON out of its fence, else all of it."""
        text = completion.strip()
        if self.task == "classify":
            return text.splitlines()[0].strip() if text else ""
        if self.task == "extract" and text.startswith("```"):
            return text.removeprefix("```json").strip("`\n ")
        return text
