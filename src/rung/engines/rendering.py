"""From a prompt to token ids. Training and inference both come through here, so a model sees what it was taught on."""

from __future__ import annotations

from typing import Any

from rung.types import Message, Prompt


def render(tokenizer: Any, prompt: Prompt) -> str:
    """The text that a prompt becomes.

    With a chat template, the template makes it, with the opening of the assistant's turn (or, when the last message is
    the assistant's, that turn left open). A template that knows no system role gets the system text in front of the
    first user message. Without a template the contents stand one per line, with a line break at the end.
    """
    if not getattr(tokenizer, "chat_template", None):
        return "".join(f"{message.content}\n" for message in prompt)
    try:
        return _by_template(tokenizer, prompt)
    except Exception as error:
        # Templates raise jinja2's TemplateError, and anything else that their authors wrote.
        if len(prompt) > 1 and prompt[0].role == "system" and "system" in str(error).lower():
            return _by_template(tokenizer, _system_into_user(prompt))
        raise


def encode(tokenizer: Any, prompt: Prompt) -> list[int]:
    """The token ids of a rendered prompt; special tokens are added only where no chat template wrote them."""
    chat = bool(getattr(tokenizer, "chat_template", None))
    return list(tokenizer(render(tokenizer, prompt), add_special_tokens=not chat, verbose=False)["input_ids"])


def encode_answer(tokenizer: Any, answer: str) -> list[int]:
    """The token ids of an answer as the model should produce it after `encode(prompt)`: the text and the end token."""
    ids = list(tokenizer(answer, add_special_tokens=False)["input_ids"])
    return ids if tokenizer.eos_token_id is None else [*ids, tokenizer.eos_token_id]


def as_dicts(prompt: Prompt) -> list[dict[str, str]]:
    """The messages in the form that chat APIs and templates take."""
    return [{"role": message.role, "content": message.content} for message in prompt]


def _by_template(tokenizer: Any, prompt: Prompt) -> str:
    opened = bool(prompt) and prompt[-1].role == "assistant"
    return str(
        tokenizer.apply_chat_template(
            as_dicts(prompt), tokenize=False, add_generation_prompt=not opened, continue_final_message=opened
        )
    )


def _system_into_user(prompt: Prompt) -> Prompt:
    system, first, *rest = prompt
    return (Message(first.role, f"{system.content}\n\n{first.content}"), *rest)
