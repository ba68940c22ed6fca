"""Scorers by name: those that ship, and those of the entry points group `rung.scorers`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from rung.errors import BadInput, Unexpected
from rung.evaluation.metrics import BUILT_IN
from rung.types import Scorer

GROUP = "rung.scorers"


def scorer(name: str) -> Scorer:
    """The scorer of a metric.

    A plugin is an entry point of the group `rung.scorers` whose object is a `Scorer`, or is called without arguments
    to make one. A name that ships cannot be taken over.

    Raises:
        BadInput: no scorer has this name (the nearest names are given), or a plugin is not a scorer.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    plugins = _plugins()
    if name in plugins:
        return _load(plugins[name])
    near = get_close_matches(name, scorer_names(), n=3, cutoff=0.5)
    raise BadInput(
        f"there is no metric {name!r}",
        mend=f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(scorer_names())}",
    )


def scorer_names() -> tuple[str, ...]:
    """All names, sorted. No plugin is loaded for it."""
    return tuple(sorted({*BUILT_IN, *_plugins()}))


def is_binary(name: str) -> bool:
    """Whether a metric can only be 0 or 1, as its scorer declares by an attribute `binary`; False when it does not."""
    return getattr(scorer(name), "binary", False) is True


def binary_metrics(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that can only be 0 or 1; what the referee is told."""
    return tuple(name for name in dict.fromkeys(names) if is_binary(name))


def _plugins() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _load(entry: EntryPoint) -> Scorer:
    try:
        found: object = entry.load()
        made: object = found() if callable(found) and not _is_scorer(found) else found
    except Exception as error:
        raise Unexpected(f"the scorer plugin {entry.value!r} broke while being loaded", error) from error
    if isinstance(made, Scorer) and _is_scorer(made):
        return made
    raise BadInput(
        f"the plugin {entry.value!r} is not a scorer",
        mend="give it a `name` and a method `score(answer, item)`; rung.testing.scorers has the contract test",
    )


def _is_scorer(thing: object) -> bool:
    """An instance; the class of a scorer has the same attributes, but must be called first."""
    return not isinstance(thing, type) and isinstance(thing, Scorer)
