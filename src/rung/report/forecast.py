"""The dry run in the terminal: candidates in order, and what deciding would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.report.numbers import figure, interval, part_of

if TYPE_CHECKING:
    from rich.console import Console

    from rung.climb import Forecast


def render_forecast(forecast: Forecast, objective: str, console: Console) -> None:
    """Print the candidates in the order in which they would be tried, and the expected and worst case.

    Args:
        forecast: of a climb.
        objective: what is minimised; its part of each lifetime total is shown.
        console: where to.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("candidate", overflow="fold")
    table.add_column("rung")
    table.add_column("items expected", justify="right")
    table.add_column("known", justify="right")
    table.add_column(f"lifetime {objective}, predicted", overflow="fold")
    for row in forecast.candidates:
        table.add_row(
            Text(row.name),
            Text(row.rung),
            f"{row.expected_items:.0f}",
            str(row.known_items),
            Text(interval(part_of(row.lifetime, objective))),
        )
    console.print(table)
    console.print()
    for word, calls, footprint in (
        ("expected", forecast.expected_calls, forecast.expected),
        ("at most", forecast.worst_calls, forecast.worst),
    ):
        line = f"{word:<9} {calls:,.0f} calls, {figure(footprint.energy)}, {figure(footprint.cost)}"
        console.print(Text(line), soft_wrap=True)
    console.print(Text(f"assumed: {forecast.assumption}"), soft_wrap=True)
