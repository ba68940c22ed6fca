"""Where work goes: sites x machines under what must hold, ranked by what is to be least; losers keep their reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rung import catalog
from rung.errors import BadInput
from rung.footprint import p_cheapest
from rung.placement.place_costs import Site, bringing, requests_on_the_way, running, standing_by
from rung.placement.place_front import beaten_by, front
from rung.placement.place_load import Machine, Work
from rung.placement.place_needs import OBJECTIVES, part_of, refused_at, refused_for, round_trip
from rung.placement.place_paired import Saving, saving
from rung.placement.place_records import Option, Question, Ranked, Ranking, Refused
from rung.types import Footprint, Quantity, Rejection
from rung.workload import Objective

CHANCES: Final = 10
"""How many of the first get their chance against the best; the rest are further away."""


def place(question: Question) -> Ranking:
    """Rank every site x machine that meets the needs.

    Raises:
        BadInput: there is nothing to rank, or what is asked for cannot be worked out.
    """
    if not question.sites or not question.machines or not question.objectives:
        raise BadInput("nothing to place", mend="name at least one region and one objective")
    names = [site.name for site in question.sites]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"two places are named {twice[0]!r}", mend="give each mix a name of its own")
    options, refused = _formed(question)
    if question.spare.second is not None:
        options, alone = _with_second(options, question)
        refused = [*refused, *alone]
    kept: list[Option] = []
    for option in options:
        rejection = refused_for(option.total, question.objectives, question.needs)
        if rejection is None:
            kept.append(option)
        else:
            refused.append(Refused(option.name, rejection))
    ranked, on_front = _ranked(kept, question)
    load = question.load
    return Ranking(question.objectives, ranked, tuple(refused), on_front, question.today, load.hours, load.requests)


def _formed(question: Question) -> tuple[list[Option], list[Refused]]:
    """Every option that nothing forbids before its footprint is known, and what is forbidden."""
    options: list[Option] = []
    refused: list[Refused] = []
    for site in question.sites:
        if rejection := refused_at(site, question.needs):
            refused.append(Refused(site.name, rejection))
            continue
        on_offer = [m for m in question.machines if m is None or all(p == m.provider for p in site.providers)]
        if not on_offer:
            renting = ", ".join(sorted({m.provider for m in question.machines if m is not None}))
            whose = ", ".join(sorted(p or "oneself" for p in site.providers))
            refused.append(Refused(site.name, Rejection("machine", f"one of {renting}", f"a place of {whose}")))
        for machine in on_offer:
            work = question.load.on(machine)
            if isinstance(work, Rejection):
                refused.append(Refused(_name(site, machine), work))
            else:
                options.append(_option(site, machine, work, question))
    return options, refused


def _option(site: Site, machine: Machine | None, work: Work, question: Question) -> Option:
    hours, moved = question.load.hours, Footprint.zero()
    if question.data is not None:
        moved = moved + bringing(question.data, site, hours)
    if question.request_gb and question.load.requests:
        moved = moved + requests_on_the_way(question.request_gb * question.load.requests, site)
    extra = max(0, question.spare.replicas - work.machines)
    redundancy = Footprint.zero()
    if extra:
        redundancy = standing_by(site, _spare_w(work), machine, extra, hours)
    return Option(
        name=_name(site, machine),
        site=site,
        machine=machine,
        machines=work.machines,
        running=running(site, work, machine, hours),
        moved=moved,
        redundancy=redundancy,
        second=None,
        round_trip=round_trip(site, question.needs),
    )


def _with_second(options: Sequence[Option], question: Question) -> tuple[list[Option], list[Refused]]:
    """The same options with machines standing by in a second region; those for which there is none are refused."""
    wanted, done, alone = question.spare.second, list[Option](), list[Refused]()
    if wanted != "auto" and wanted not in {site.name for site in question.sites}:
        catalog.grid(str(wanted))
        raise BadInput(f"the second region {wanted!r} is not among the regions", mend="add it to --regions")
    waiting = {option.name: _standing(option, question) for option in options}
    # The one that adds least serves every option but its own, which takes the next.
    ordered = sorted(options, key=lambda o: (_goal(waiting[o.name], question), o.name))
    for option in options:
        seconds = (
            other
            for other in ordered
            if other.machine == option.machine
            and _apart(other.site, option.site)
            and wanted in {"auto", other.site.name}
        )
        second = next(seconds, None)
        if second is None:
            asked = "another region that meets the needs" if wanted == "auto" else f"{wanted}, apart from itself"
            alone.append(Refused(option.name, Rejection("second region", asked, "none is left")))
            continue
        more = option.redundancy + waiting[second.name]
        name = f"{option.name} + {second.site.name}"
        done.append(replace(option, name=name, redundancy=more, second=second.site.name))
    return done, alone


def _standing(option: Option, question: Question) -> Footprint:
    """What as many machines as the load needs take, standing by at an option's site, with the data."""
    work = question.load.on(option.machine)
    if isinstance(work, Rejection):
        raise AssertionError(work.sentence())
    waiting = standing_by(option.site, _spare_w(work), option.machine, work.machines, question.load.hours)
    return waiting if question.data is None else waiting + bringing(question.data, option.site, question.load.hours)


def _spare_w(work: Work) -> Quantity:
    if work.spare_w is None:
        raise BadInput(
            "what stands by draws power that joules per request do not tell",
            mend="give --watts and --hours, or name --instances",
        )
    return work.spare_w


def _apart(a: Site, b: Site) -> bool:
    """Whether two sites share no region."""
    return not ({p.region for p, _ in a.parts} & {p.region for p, _ in b.parts})


def _goal(footprint: Footprint, question: Question) -> float:
    quantity = part_of(footprint, question.goal)
    return float("inf") if quantity is None else quantity.value


def _name(site: Site, machine: Machine | None) -> str:
    return site.name if machine is None else f"{site.name} {machine.name}"


def _ranked(options: Sequence[Option], question: Question) -> tuple[tuple[Ranked, ...], tuple[str, ...]]:
    """In order, with the reason of each that is not chosen."""
    points = {o.name: [_known(o, objective).value for objective in question.objectives] for o in options}
    several = front(points) if len(question.objectives) > 1 else ()
    ordered = sorted(options, key=lambda o: (o.name not in several, points[o.name][0], o.name))
    if not ordered:
        return (), ()
    on_front = several or (ordered[0].name,)
    rows: list[Ranked] = []
    for at, option in enumerate(ordered):
        chance = _chance(ordered[0], option, question.goal) if 0 < at <= CHANCES else None
        behind = None if option.name in on_front else _winner(option, points, on_front, ordered)
        rejection = None if behind is None else _reason(option, behind, question, chance)
        against = _against(option, question) if at <= CHANCES or option.name in on_front else {}
        rows.append(Ranked(option, rejection, behind, chance, against))
    return tuple(rows), on_front


def _known(option: Option, objective: Objective) -> Quantity:
    quantity = part_of(option.total, objective)
    if quantity is None:
        raise AssertionError(f"{option.name}: {objective} is unknown")
    return quantity


def _chance(first: Option, other: Option, objective: Objective) -> float:
    return p_cheapest("first", {"first": _known(first, objective), "other": _known(other, objective)})


def _winner(
    option: Option, points: Mapping[str, Sequence[float]], on_front: Sequence[str], ordered: Sequence[Option]
) -> Option:
    """What beats an option that is not the choice: the first, or the first of the front that is nowhere worse."""
    better = beaten_by(option.name, points, on_front) or ordered[0].name
    return next(o for o in ordered if o.name == better)


def _reason(option: Option, winner: Option, question: Question, chance: float | None) -> Rejection:
    """Why an option is not the choice: something else has less, of the one objective or of all."""
    needed = " and ".join(_said(winner, objective) for objective in question.objectives)
    got = " and ".join(_said(option, objective) for objective in question.objectives)
    sure = ""
    if chance is not None and len(question.objectives) == 1:
        # Scenarios are drawn: all of them is not a certainty.
        sure = f" (P({winner.name} has less) {'over 0.99' if chance > 0.99 else f'{chance:.2f}'})"
    return Rejection(" and ".join(question.objectives), f"no more than the {needed} of {winner.name}", got + sure)


def _said(option: Option, objective: Objective) -> str:
    quantity = _known(option, objective)
    rounded = float(f"{quantity.value:.3g}")
    return f"{rounded:,.12g} {quantity.unit}"


def _against(option: Option, question: Question) -> dict[Objective, Saving]:
    """What the option saves against today, by objective, where both are known and compare."""
    if question.today is None or not question.today.compares_with(option):
        return {}
    found: dict[Objective, Saving] = {}
    for objective in OBJECTIVES:
        ours, theirs = part_of(option.total, objective), part_of(question.today.footprint, objective)
        if ours is not None and theirs is not None:
            found[objective] = saving(ours, theirs)
    return found


def sites_of(regions: Sequence[str], mixes: Mapping[str, Mapping[str, float]]) -> tuple[Site, ...]:
    """Single regions, then mixes."""
    return (*(Site.at(r) for r in regions), *(Site.mix(name, shares) for name, shares in mixes.items()))
