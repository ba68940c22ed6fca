"""The summary in the terminal: readable at 80 columns, without colour, and on consoles that know only ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rung.climb.plan import CandidateEvidence, Plan
from rung.report.numbers import interval, middle, part_of, score, share, spread
from rung.report.words import (
    bar_evidence,
    chance,
    decision_label,
    flip_sentence,
    headline,
    reason,
    sentence,
    volume,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

# More rows than this are counted, and left to the report.
MOST_ROWS: Final = 12
_WIDE: Final = 120

_STYLES: Final = {"passed": "green", "failed": "red", "inconclusive": "yellow", "skipped": "dim", "untried": "dim"}
_ASCII: Final = str.maketrans(
    {"–": "-", "—": "-", "µ": "u", "³": "3", "✓": "+", "✗": "x", "·": ".", "…": "...", "∞": "inf", "★": "*", "’": "'"}
)


def render_summary(plan: Plan, console: Console, *, report: str | None = None) -> None:
    """Print what was decided.

    Args:
        plan: what a climb decided.
        console: where to; its width and encoding are respected.
        report: where the report is; by default its place under `.rung/runs`.
    """
    printer = _Printer(console)
    where = report or f".rung/runs/{plan.run}/report.html"
    if not plan.finished:
        printer.line(f"! Not finished: {sentence(plan.stopped_because)} This is what is known so far.", "bold yellow")
    printer.line(headline(plan), "bold")
    printer.line(sentence(plan.claim))
    printer.line(chance(plan))
    for flip in plan.flips:
        printer.line(flip_sentence(plan, flip))
    printer.gap()
    _policies(plan, printer)
    printer.gap()
    _ladder(plan, printer)
    printer.gap()
    _search(plan, printer)
    printer.line(f"Report: {where}")
    printer.line(f"In words: rung explain {plan.run} CANDIDATE", "dim")


class _Printer:
    """Prints texts literally (no markup of theirs is obeyed), in the characters that the console knows."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.ascii_only = console.options.ascii_only
        self.wide = console.width >= _WIDE

    def text(self, words: str, style: str = "") -> Text:
        from rich.text import Text

        words = " ".join(words.split())
        if self.ascii_only:
            words = words.translate(_ASCII).encode("ascii", "replace").decode("ascii")
        return Text(words, style=style, overflow="fold")

    def two_lines(self, first: str, style: str, second: str) -> Text:
        """A cell: what matters above, what qualifies it below."""
        cell = self.text(first, style)
        if second:
            cell.append("\n").append_text(self.text(second, "dim"))
        return cell

    def line(self, words: str, style: str = "") -> None:
        if words:
            self.console.print(self.text(words, style))

    def gap(self) -> None:
        self.console.print()

    def table(self, *columns: tuple[str, int | None]) -> Table:
        """A table without box characters; a column is a title and a width, None takes what is left."""
        from rich.table import Table

        made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        for title, width in columns:
            made.add_column(self.text(title), width=width, overflow="fold", ratio=None if width else 1)
        return made


def _policies(plan: Plan, printer: _Printer) -> None:
    by_name = {c.name: c for c in plan.candidates}
    table = printer.table(("policy", 8), ("candidate", 24), (f"lifetime {plan.objective}", 20), ("why", None))
    for policy in plan.policies:
        chosen = by_name.get(policy.candidate or "")
        total = "" if chosen is None else interval(part_of(chosen.lifetime, plan.objective))
        table.add_row(
            printer.text(policy.policy),
            printer.text(policy.candidate or "nothing", "bold"),
            printer.text(total),
            printer.text(policy.why),
        )
    printer.console.print(table)


def _ladder(plan: Plan, printer: _Printer) -> None:
    shown = plan.candidates[:MOST_ROWS]
    columns = [("candidate", 26), ("decision", 14), ("score", 14), (f"lifetime {plan.objective}", 20)]
    if printer.wide:
        columns = [*columns, ("why, or why not", None)]
    table = printer.table(*columns)
    for candidate in shown:
        table.add_row(*_row(plan, candidate, printer))
    printer.line(f"For {volume(plan)}, by lifetime {plan.objective}:", "dim")
    printer.console.print(table)
    left = len(plan.candidates) - len(shown)
    if left:
        printer.line(f"{left} more in the report.", "dim")
    if not printer.wide:
        printer.gap()
        for candidate in shown:
            if candidate.name != plan.policies[0].candidate:
                printer.line(f"- {candidate.name}: {reason(plan, candidate)}", "dim")


def _row(plan: Plan, candidate: CandidateEvidence, printer: _Printer) -> list[Text]:
    chosen = candidate.name == plan.policies[0].candidate
    style = _STYLES[candidate.decision]
    total = part_of(candidate.lifetime, plan.objective)
    found = bar_evidence(candidate)
    ends = "" if found is None or found.low is None or found.high is None else f"[{found.low:.3f}, {found.high:.3f}]"
    cells = [
        (("★ " if chosen else "") + candidate.name, "bold" if chosen else "", candidate.rung),
        (decision_label(candidate), style, f"{candidate.items:,} items"),
        ("not tried" if found is None else score(found.mean), "", ends),
        (middle(total), "", spread(total)),
    ]
    row = [printer.two_lines(first, look, second) for first, look, second in cells]
    return [*row, printer.text(reason(plan, candidate))] if printer.wide else row


def _search(plan: Plan, printer: _Printer) -> None:
    search = plan.search
    printer.line(
        f"Deciding took {search.calls:,} of {search.full_calls:,} calls ({share(search.calls, search.full_calls)}) and "
        f"{interval(part_of(search.spent, plan.objective))}; evaluating everything would take "
        f"{interval(part_of(search.full, plan.objective))}."
    )
