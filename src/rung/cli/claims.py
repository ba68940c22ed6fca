"""`rung claims`: the numbers of the published guidance beside our own intervals."""
# typer's own types are partly unknown.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rung.placement.claims import Finding


def claims(
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
    home: Annotated[Path, typer.Option("--home", envvar="RUNG_HOME", help="The project's folder.")] = Path(".rung"),
) -> None:
    """Hold each number of the published guidance to an interval computed from facts and formulas."""
    from rung.catalog import use
    from rung.placement.claims_list import findings

    use(home)
    found = findings()
    if json:
        print(jsonlib.dumps([finding.to_json() for finding in found], ensure_ascii=False))
        return
    for finding in found:
        print("\n".join(lines(finding)), end="\n\n")
    counts = {word: sum(f.verdict == word for f in found) for word in dict.fromkeys(f.verdict for f in found)}
    print(", ".join(f"{count} {word}" for word, count in counts.items()))


def lines(finding: Finding) -> list[str]:
    """A claim in words: what is claimed, what we have, the verdict, and what was not verified."""
    claim, evidence = finding.claim, finding.evidence
    said = [f"{claim.key}: {claim.text}  [{claim.source}]", f"  claimed: {claim.kind} {claim.ratio:.4g} times"]
    if finding.interval is not None:
        low, high = finding.interval
        case = "best case" if claim.kind == "up to" else "all cases"
        said.append(f"  ours: {low:.4g} to {high:.4g} times ({case}); {evidence.how}")
        for pair in evidence.pairs:
            firm = "" if pair.firm else ", not firm"
            said.append(f"    {pair.name}: {pair.mid:.4g} ({pair.low:.4g} to {pair.high:.4g}){firm}")
    else:
        said.append(f"  ours: {evidence.how}")
    return [*said, f"  verdict: {finding.verdict}", f"  not verified: {evidence.unverified}"]
