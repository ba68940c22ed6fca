"""The room where engines stand: found by name, described, opened, shared and closed."""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, cast

from rung.errors import BadInput
from rung.types import Completion, Engine, GenerationSettings, LogProbability, ModelFacts, ModelRef, Prompt

BUILT_IN = {
    "transformers": "rung.engines.local",
    "openai": "rung.engines.openai_engine",
    "bedrock": "rung.engines.bedrock_engine",
    "system": "rung.engines.system_engine",
}
GROUP = "rung.engines"


class Maker(Protocol):
    """What an engine plugin offers; a module with these two functions is one."""

    def describe(self, model: ModelRef) -> ModelFacts:
        """The facts of a model, without loading it."""
        ...

    def open_engine(self, model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> Engine:
        """An engine on it; BadInput when `weights` or `adapter` is given and cannot be used."""
        ...


class EngineRoom:
    """Describes and opens engines; satisfies `rung.methods.protocol.Engines`.

    Opening the same model, weights and adapter again shares one engine. An engine stays open after its last user
    closed it while no more than `idle` such engines wait; the one unused longest goes first. Thread-safe.

    Args:
        idle: how many unused engines are kept open.
    """

    def __init__(self, *, idle: int = 1) -> None:
        self._idle_limit = idle
        self._lock = threading.RLock()
        self._open: dict[str, Engine] = {}
        self._users: dict[str, int] = {}

    def describe(self, model: ModelRef) -> ModelFacts:
        """The facts of a model, without loading it (its config is read).

        Raises:
            BadInput: no such engine.
            BadModel: the model is not there, or may not be loaded.
        """
        return maker(model.engine).describe(model)

    def token_counter(self, model: ModelRef) -> Callable[[Prompt], int] | None:
        """Counts the tokens of a prompt without loading the weights; None where the engine cannot.

        Raises:
            BadInput: no such engine.
            BadModel: the model is not there, or may not be loaded.
        """
        found = getattr(maker(model.engine), "token_counter", None)
        return None if found is None else found(model)

    def open(self, model: ModelRef, *, weights: Path | None = None, adapter: Path | None = None) -> Engine:
        """An engine on a model, on `weights` in place of the model's own, or with a PEFT adapter folder on top.

        Raises:
            BadInput: no such engine, or it takes no weights or adapters.
            BadModel: the model is not there, or may not be loaded.
            MissingExtra: a package is not installed.
        """
        key = _key(model, weights, adapter)
        with self._lock:
            if key not in self._open:
                self._open[key] = maker(model.engine).open_engine(model, weights=weights, adapter=adapter)
            # Dictionaries keep their order: the key moves to the end, as the one used last.
            self._users[key] = self._users.pop(key, 0) + 1
            self._close_idle()
            return _Shared(self, key, self._open[key])

    def close(self) -> None:
        """Close every engine; engines handed out stop working."""
        with self._lock:
            engines = list(self._open.values())
            self._open.clear()
            self._users.clear()
        for engine in engines:
            engine.close()

    def __enter__(self) -> EngineRoom:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def leave(self, key: str) -> None:
        """One user less of an engine; called by the handle that `open` gave."""
        with self._lock:
            if key in self._users:
                self._users[key] = self._users.pop(key) - 1
                self._close_idle()

    def _close_idle(self) -> None:
        idle = [key for key, users in self._users.items() if users == 0]
        for key in idle[: max(0, len(idle) - self._idle_limit)]:
            del self._users[key]
            self._open.pop(key).close()


class _Shared:
    """One user's handle on an engine of the room."""

    def __init__(self, room: EngineRoom, key: str, engine: Engine) -> None:
        self._room = room
        self._key = key
        self._engine = engine
        self._closed = False

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def facts(self) -> ModelFacts:
        return self._engine.facts

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(getattr(self._engine, "notes", ()))

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Completion]:
        if self._closed:
            raise BadInput(f"the engine {self.name!r} was closed", mend="open it again")
        return self._engine.generate(prompts, settings)

    def log_probability(self, texts: Sequence[str]) -> list[float]:
        if self._closed:
            raise BadInput(f"the engine {self.name!r} was closed", mend="open it again")
        if not isinstance(self._engine, LogProbability):
            raise BadInput(
                f"the engine {self.name!r} gives no log probabilities of texts",
                mend="take a local model of the engine transformers",
            )
        return self._engine.log_probability(texts)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._room.leave(self._key)


def engine_names() -> tuple[str, ...]:
    """Names of the engines that are there, plugins included."""
    return tuple(sorted({*BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))}))


def maker(name: str) -> Maker:
    """The plugin of an engine, imported at first use.

    Raises:
        BadInput: no engine has that name.
    """
    if name in BUILT_IN:
        return cast("Maker", importlib.import_module(BUILT_IN[name]))
    found = entry_points(group=GROUP)
    for point in found:
        if point.name == name:
            return cast("Maker", point.load())
    names = sorted({*BUILT_IN, *(point.name for point in found)})
    raise BadInput(f"no engine is called {name!r}", mend=f"use one of {', '.join(names)}, or install its plugin")


def _key(model: ModelRef, weights: Path | None, adapter: Path | None) -> str:
    # A folder may be written again between two opens: its time of change is part of the key.
    parts = [
        model.engine,
        model.model,
        model.url,
        model.api_key_env,
        dict(model.options),
        _stamp(weights),
        _stamp(adapter),
    ]
    prices = [model.price_input_usd_per_mtok, model.price_output_usd_per_mtok, model.price_cached_usd_per_mtok]
    own = Path(model.model).expanduser() if model.engine == "transformers" else None
    return json.dumps([*parts, prices, _stamp(own)], sort_keys=True, default=str)


def _stamp(folder: Path | None) -> list[object] | None:
    if folder is None:
        return None
    if not folder.is_dir():
        return [str(folder)]
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [str(folder.resolve()), [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]]
