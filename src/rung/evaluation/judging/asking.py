"""Prompts to a judge and labels back: two rounds at most, metered, and paid for whatever comes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rung.errors import BadInput, BadModel, RungError, UpstreamFailed
from rung.evaluation.judging.parsing import Parsed, parse_verdict
from rung.evaluation.judging.prompting import CHARACTERS_PER_TOKEN, LEAST, LONGEST, Asked, ask_again
from rung.evaluation.judging.rubric import Label, Rubric, places_in
from rung.evaluation.judging.verdicts import JudgeSpending
from rung.footprint.sharing import work_shares
from rung.types import (
    Completion,
    Engine,
    GenerationSettings,
    Meter,
    Prompt,
    Quantity,
    Reading,
    TokenUsage,
    content_hash,
    sum_known,
)

MOST_TOKENS: Final = 512
"""Cap on a verdict with its reasoning."""

LABEL_TOKENS: Final = 32
"""Cap on a label alone."""

RULES: Final = 900
"""Characters of a prompt that are neither of the rubric nor material: the rules, the form, the markers; about."""

READING: Final = 2
"""Version of how replies are read; verdicts that were read otherwise are not recalled."""

TEMPLATE_TOKENS: Final = 64
"""Tokens that a chat template may add (assumed); only used to see that a prompt fits without counting."""

CountTokens = Callable[[Prompt], int]
"""Tokens of a prompt as the judge reads it."""

Remote = Callable[[TokenUsage], Quantity | None]
"""Energy spent elsewhere for a call [J]; None is unknown."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one prompt, over its calls.

    Args:
        label: that was read, or None.
        reasoning: before it, or what was said instead.
        error: of the judge for this prompt, or None.
        usage: tokens.
        latency_s: [s].
        cost_usd: [USD], or None.
        energy: [J], or None.
        calls: 1 or 2.
    """

    label: Label | None
    reasoning: str
    error: str | None
    usage: TokenUsage
    latency_s: float
    cost_usd: float | None
    energy: Quantity | None
    calls: int


@dataclass(frozen=True, slots=True)
class Round:
    """What a batch brought: by place in it, what it took, and what broke it off."""

    said: Mapping[int, Said]
    spending: JudgeSpending
    problem: RungError | None = None


@dataclass(slots=True)
class Desk:
    """Where judges are asked.

    A service may refuse one prompt as a bad request: for its content, or its length. Once the judge has taken any other
    prompt, that one is counted as refused; until then it is an error, since then every prompt may be refused.

    Args:
        engine: the judge.
        meter: of this machine; without one, energy is unknown.
        remote: energy of a call spent elsewhere; by default 0 for a local engine and unknown for others.
        seed: of decoding; the temperature is 0.
        max_tokens: cap on a verdict with its reasoning.
        longest: characters of material in one prompt at most; a smaller context tightens it.
        count: tokens of a prompt; without it, they are taken from its characters.
    """

    engine: Engine
    meter: Meter | None = None
    remote: Remote | None = None
    seed: int = 0
    max_tokens: int = MOST_TOKENS
    longest: int = LONGEST
    count: CountTokens | None = None
    _taken: bool = field(default=False, init=False)

    @property
    def settings(self) -> GenerationSettings:
        """How verdicts are decoded; in a small context the output takes a quarter at most."""
        context = self.engine.facts.context_tokens
        cap = self.max_tokens if context is None else max(LABEL_TOKENS, min(self.max_tokens, context // 4))
        return GenerationSettings(max_tokens=cap, temperature=0.0, seed=self.seed)

    def room(self, rubric: Rubric) -> int:
        """Characters for the material in one prompt under a rubric."""
        context = self.engine.facts.context_tokens
        if context is None:
            return self.longest
        scale = sum(len(label.name) + len(label.means) for label in rubric.labels)
        fixed = RULES + len(rubric.instructions) + scale
        most = (context - self.settings.max_tokens) * CHARACTERS_PER_TOKEN - fixed
        return min(self.longest, max(LEAST * len(places_in(rubric.instructions)), most))

    def fitted(self, rubric: Rubric, make: Callable[[int], Asked | None]) -> Asked | None:
        """The prompt with as much material as the judge's context holds; what `make` gives for so many characters.

        Raises:
            BadInput: the rubric leaves no room for material.
        """
        room = self.room(rubric)
        asked = make(room)
        while asked is not None and (tokens := self._too_many(asked.prompt, rubric.labels)):
            if room <= LEAST:
                raise BadInput(
                    f"the rubric {rubric.name!r} leaves no room in the judge's context: with {room} characters of "
                    f"material and its reply it takes {tokens} tokens of {self.engine.facts.context_tokens}",
                    mend="take a judge with a longer context, a shorter rubric or a lower cap on the verdict's tokens",
                )
            room = max(LEAST, room * 3 // 4)
            asked = make(room)
        return asked

    def _too_many(self, prompt: Prompt, labels: Sequence[Label]) -> int | None:
        """Tokens of a prompt with its reply and the second question, where they are more than the context."""
        context = self.engine.facts.context_tokens
        if context is None or self.count is None:
            return None
        again = ask_again(prompt, "-", labels)
        reply = self.settings.max_tokens + LABEL_TOKENS
        # A token is a byte or more: what has few bytes fits, and no tokenizer need be loaded.
        if sum(len(turn.content.encode()) for turn in again) + TEMPLATE_TOKENS + reply <= context:
            return None
        tokens = self.count(again) + reply
        return tokens if tokens > context else None

    def key(self, rubric: Rubric, prompt: Prompt) -> str:
        """What makes a verdict the same: rubric, judge, prompt and decoding."""
        turns = [[turn.role, turn.content] for turn in prompt]
        settings = self.settings
        fingerprint = self.engine.facts.fingerprint
        return content_hash([READING, rubric.identity(), fingerprint, turns, settings.max_tokens, settings.seed])

    def ask(self, prompts: Sequence[Prompt], labels: Sequence[Label]) -> Round:
        """Ask, and ask those without a readable label once more for the label alone.

        What was paid is in the spending, also when the judge breaks off; then `problem` says so, and the prompts that
        were not brought to an end are not in `said`.
        """
        look = self.meter.look() if self.meter else None
        first, problem = self._generate(prompts, self.settings)
        calls: dict[int, list[Completion]] = {place: [one] for place, one in first.items()}
        read = {place: _read(one, labels) for place, one in first.items()}
        unread = [place for place, one in first.items() if one.error is None and read[place].label is None]
        if unread and problem is None:
            again = [ask_again(prompts[place], first[place].text, labels) for place in unread]
            second, problem = self._generate(again, replace(self.settings, max_tokens=LABEL_TOKENS))
            for at, one in second.items():
                calls[unread[at]].append(one)
                label = _read_again(one, labels).label if one.error is None else None
                read[unread[at]] = Parsed(label, read[unread[at]].reasoning)
            unread = [place for at, place in enumerate(unread) if at not in second]
        else:
            unread = unread if problem is not None else []
        reading = self.meter.between(look, self.meter.look()) if self.meter and look else _unmetered(calls)
        return self._round(calls, read, set(unread), reading, problem)

    def _generate(
        self, prompts: Sequence[Prompt], settings: GenerationSettings
    ) -> tuple[dict[int, Completion], RungError | None]:
        try:
            given = self.engine.generate(prompts, settings)
        except BadInput as problem:
            if isinstance(problem, BadModel):
                return dict(problem.done), problem
            return self._one_by_one(prompts, settings, problem)
        except RungError as problem:
            return dict(problem.done), problem
        self._taken = True
        if len(given) != len(prompts):
            raise UpstreamFailed(
                f"the judge gave {len(given)} completions to {len(prompts)} prompts", mend="mend its engine"
            )
        return dict(enumerate(given)), None

    def _one_by_one(
        self, prompts: Sequence[Prompt], settings: GenerationSettings, refusal: BadInput
    ) -> tuple[dict[int, Completion], RungError | None]:
        """What is left of a batch of which a prompt was refused as a bad request."""
        done: dict[int, Completion] = dict(refusal.done)
        self._taken = self._taken or bool(done)
        refused: dict[int, Completion] = {}
        for place in [place for place in range(len(prompts)) if place not in done]:
            try:
                (done[place],) = self.engine.generate([prompts[place]], settings)
                self._taken = True
            except RungError as problem:
                if not isinstance(problem, BadInput) or isinstance(problem, BadModel):
                    return done | (refused if self._taken else {}), problem
                refused[place] = Completion("", TokenUsage(), 0.0, finish="error", error=problem.problem)
        return (done | refused, None) if self._taken else (done, refusal)

    def _round(
        self,
        calls: Mapping[int, list[Completion]],
        read: Mapping[int, Parsed],
        unfinished: set[int],
        reading: Reading,
        problem: RungError | None,
    ) -> Round:
        places = sorted(calls)
        usages = [sum((one.usage for one in calls[place]), TokenUsage()) for place in places]
        remotes = [self._elsewhere(usage) for usage in usages]
        shares = work_shares(usages) if usages else []
        said: dict[int, Said] = {}
        for place, usage, remote, share in zip(places, usages, remotes, shares, strict=True):
            if place in unfinished:
                continue
            mine = calls[place]
            here = None if reading.energy is None else reading.energy.scaled(share)
            prices = [one.cost_usd for one in mine]
            said[place] = Said(
                label=read[place].label,
                reasoning=read[place].reasoning,
                error=mine[0].error,
                usage=usage,
                latency_s=sum(one.latency_s for one in mine),
                cost_usd=None if None in prices else sum(price or 0.0 for price in prices),
                energy=sum_known((here, remote), "J"),
                calls=len(mine),
            )
        every = [one for place in places for one in calls[place]]
        spending = JudgeSpending(
            reading=reading,
            usd=sum(one.cost_usd or 0.0 for one in every),
            remote=sum_known(remotes, "J"),
            calls=len(every),
            unpriced=sum(one.cost_usd is None for one in every),
            usage=sum(usages, TokenUsage()),
        )
        return Round(said, spending, problem)

    def _elsewhere(self, usage: TokenUsage) -> Quantity | None:
        if self.remote is not None:
            return self.remote(usage)
        return Quantity.zero("J") if self.engine.facts.local else None


def _read(completion: Completion, labels: Sequence[Label]) -> Parsed:
    return parse_verdict(completion.text, labels, cut_short=completion.finish == "length")


def _read_again(completion: Completion, labels: Sequence[Label]) -> Parsed:
    """Asked for the label alone, a judge that goes on talking after it is heard: its whole lines count."""
    text = completion.text
    return parse_verdict(text.rpartition("\n")[0] if completion.finish == "length" else text, labels)


def _unmetered(calls: Mapping[int, list[Completion]]) -> Reading:
    """Without a meter the energy is unknown; the time is the longest call's."""
    return Reading(max((one.latency_s for mine in calls.values() for one in mine), default=0.0), 0.0, None)
