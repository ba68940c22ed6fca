"""Whatever a user already has, as an engine: a command fed JSON lines, or an endpoint that takes them by POST.

In, one line per prompt: `{"id", "prompt", "messages", "settings", "knobs"}`; `prompt` is the contents of the messages
joined by blank lines. Out, one line per id, in any order: `{"id", "text"}` and, where known, `usage` (`input`,
`output`, `cached`, `reasoning`), `cost_usd`, `latency_s`, `finish` (`stop` or `length`), or `error` in place of `text`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import shlex
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from rung.engines.child import Child, ChildFailed
from rung.engines.hashing import file_hash
from rung.engines.options import Options
from rung.engines.pricing import price_usd
from rung.engines.rendering import as_dicts
from rung.errors import BadInput, RungError, UpstreamFailed
from rung.types import Completion, GenerationSettings, ModelFacts, ModelRef, Prompt, TokenUsage, content_hash

PROTOCOL_MEND = (
    'write one JSON line per request to stdout, {"id": ..., "text": ...}, flush after each, and talk on stderr only'
)


def describe(model: ModelRef) -> ModelFacts:
    """What is known of a system: a fingerprint of its command or URL and its options. Nothing is run.

    The content of the files that a command names is part of it (its program given as a path, a script, `--rules=FILE`),
    so that an edited script is another candidate. What those files read or import in turn is not looked at.
    """
    identity: list[Any] = [model.engine, model.model, model.url, dict(model.options)]
    if files := _named_files(model):
        identity.append(files)
    return ModelFacts(fingerprint=content_hash(identity), local=_endpoint(model) is None)


def open_engine(model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> SystemEngine:
    """An engine on the command or URL; the command is started at the first request.

    Raises:
        BadInput: `weights` or `adapter` is given, or an option or the command line is wrong.
    """
    if weights is not None or adapter is not None:
        raise BadInput(
            f"model {model.name!r} is a system and takes no weights or adapter",
            mend="use the engine 'transformers' for models that rung trains",
        )
    return SystemEngine(model)


class SystemEngine:
    """A command or an endpoint.

    Own options: `session` (`persistent`: one process for all calls; `batch`: one per call, which sees the end of its
    input), `timeout_s` (300, for a call), `cwd`. All other options are the system's declared knobs: they stand in each
    line under `knobs`, and in the command's environment as `RUNG_KNOB_NAME`.

    Args:
        model: the entry.
    """

    name = "system"

    def __init__(self, model: ModelRef) -> None:
        options = Options(model)
        self._model = model
        self._facts = describe(model)
        self._persistent = options.choice("session", ("persistent", "batch")) == "persistent"
        self._timeout_s = options.number("timeout_s", 300, at_least=0.001)
        cwd = options.take("cwd", None, kind=str)
        self._cwd = None if cwd is None else Path(cwd)
        self._knobs = options.rest()
        self._endpoint = _endpoint(model)
        self._command = [] if self._endpoint else _split(model)
        self._ids = itertools.count()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._client: Any = None
        self._closed = False
        self._counted = True

    @property
    def facts(self) -> ModelFacts:
        """What is known of the system."""
        return self._facts

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know."""
        return () if self._counted else ("token counts are 0 where the system gave no usage",)

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        """Complete prompts, in order, one completion each.

        Raises:
            UpstreamFailed: it ended, was too slow, left a prompt without an answer, or answered with garbage.
            BadModel: the command cannot be run.
            BadInput: the engine was closed.
        """
        if self._closed:
            raise BadInput("the engine 'system' was closed", mend="open it again")
        if not prompts:
            return []
        with self._lock:
            ids = [str(next(self._ids)) for _ in prompts]
            lines = [self._line(key, prompt, settings) for key, prompt in zip(ids, prompts, strict=True)]
            ask = self._ask_endpoint if self._endpoint else self._ask_command
            found: dict[str, Completion] = {}
            try:
                ask(lines, set(ids), found)
            except BaseException as problem:
                # Answers to this call may still come; the next call starts with a fresh process.
                self._end_child()
                if isinstance(problem, RungError):
                    problem.done = {place: found[key] for place, key in enumerate(ids) if key in found}
                raise
        return [found[key] for key in ids]

    def close(self) -> None:
        """End the command and close connections."""
        self._closed = True
        self._end_child()
        if self._client is not None:
            self._client.close()

    def _line(self, key: str, prompt: Prompt, settings: GenerationSettings) -> str:
        body = {
            "id": key,
            "prompt": "\n\n".join(message.content for message in prompt),
            "messages": as_dicts(prompt),
            "settings": asdict(settings),
            "knobs": dict(self._knobs),
        }
        return json.dumps(body, ensure_ascii=False)

    def _ask_command(self, lines: Sequence[str], ids: set[str], found: dict[str, Completion]) -> None:
        start = time.monotonic()
        if self._child is None:
            env = {f"RUNG_KNOB_{name.upper()}": _as_text(value) for name, value in self._knobs.items()}
            self._child = Child(self._command, env=env, cwd=self._cwd)
        child = self._child
        child.send(lines, last=not self._persistent)

        def answers() -> Iterable[bytes]:
            while True:
                yield child.receive(until_s=start + self._timeout_s)

        try:
            self._collect(answers(), ids, start, found)
        except ChildFailed as failure:
            raise self._failed(
                str(failure),
                mend=f"run it by hand on one line; {PROTOCOL_MEND}; a command that answers only at the end of its "
                "input needs the option session: batch; raise timeout_s if it is slow",
            ) from failure
        if not self._persistent:
            self._end_child()

    def _ask_endpoint(self, lines: Sequence[str], ids: set[str], found: dict[str, Completion]) -> None:
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=self._timeout_s)
        start = time.monotonic()
        body = "".join(f"{line}\n" for line in lines).encode()
        try:
            response = self._client.post(self._endpoint, content=body, headers={"Content-Type": "application/x-ndjson"})
        except httpx.HTTPError as error:
            raise self._failed(
                f"no answer ({type(error).__name__})", mend="check that it runs; raise the option timeout_s"
            ) from error
        if response.status_code != 200:
            raise self._failed(f"status {response.status_code}", mend="look into the endpoint's own log")
        self._collect(response.content.splitlines(), ids, start, found)

    def _collect(self, answers: Iterable[bytes], ids: set[str], start_s: float, found: dict[str, Completion]) -> None:
        """Put the answers into `found` as they come: those before a fault were given, and may cost."""
        for line in answers:
            if not line.strip():
                continue
            key, completion = self._read(line, time.monotonic() - start_s)
            if key not in ids or key in found:
                raise self._failed(f"an answer with the id {key!r}, which is not awaited", mend=PROTOCOL_MEND)
            found[key] = completion
            if len(found) == len(ids):
                return
        raise self._failed(f"{len(found)} answers to {len(ids)} requests", mend=PROTOCOL_MEND)

    def _read(self, line: bytes, elapsed_s: float) -> tuple[str, Completion]:
        try:
            row = json.loads(line)
            key, error = str(row["id"]), row.get("error")
            text = "" if error is not None else row["text"]
            if not isinstance(text, str):
                raise TypeError("text is no string")
            usage = _usage(row.get("usage"))
            latency_s = float(row.get("latency_s", elapsed_s))
            cost = price_usd(self._model, usage) if row.get("cost_usd") is None else float(row["cost_usd"])
            if latency_s < 0 or (cost is not None and cost < 0):
                raise ValueError("a negative latency or cost")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            shown = line.decode(errors="replace").strip()[:120]
            raise self._failed(f"a line that is no answer: {shown}", mend=PROTOCOL_MEND) from error
        self._counted = self._counted and row.get("usage") is not None
        if error is not None:
            return key, Completion("", usage, latency_s, finish="error", error=str(error), cost_usd=cost)
        finish: Literal["stop", "length"] = "length" if row.get("finish") == "length" else "stop"
        return key, Completion(text, usage, latency_s, finish=finish, cost_usd=cost)

    def _failed(self, problem: str, *, mend: str) -> UpstreamFailed:
        return UpstreamFailed(f"system {self._model.name!r}: {problem}", mend=mend)

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()


def _endpoint(model: ModelRef) -> str | None:
    named = model.url or model.model
    return named if named.startswith(("http://", "https://")) else None


def _split(model: ModelRef) -> list[str]:
    try:
        command = shlex.split(model.model)
    except ValueError as error:
        raise BadInput(f"model {model.name!r}: the command cannot be read: {error}", mend="check its quotes") from error
    if not command:
        raise BadInput(f"model {model.name!r} has no command", mend="give the command line or URL as model")
    return command


def _named_files(model: ModelRef) -> dict[str, str]:
    """Word of the command -> hash of the file that it names, seen from the folder that the command runs in."""
    if _endpoint(model) is not None:
        return {}
    folder = Path(str(model.options.get("cwd") or "."))
    found: dict[str, str] = {}
    for word in _split(model):
        for named in (word, word.partition("=")[2]):
            # A name that is too long or holds a zero byte is no file, and no fault.
            with contextlib.suppress(OSError, ValueError):
                if named and (folder / named).is_file():
                    found[named] = file_hash(folder / named)
    return found


def _usage(row: Mapping[str, Any] | None) -> TokenUsage:
    names = ("input", "output", "cached", "reasoning")
    counts = [int((row or {}).get(name, 0)) for name in names]
    if min(counts) < 0:
        raise ValueError("a token count is negative")
    return TokenUsage(*counts)


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
