"""Results of OpenAI's costs API: money by project and line item, without the use that it was for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rung.accounting.activities import Activity
from rung.accounting.conditions import Options
from rung.accounting.reading.charges import Charges, charge_alone
from rung.accounting.reading.places import Places
from rung.accounting.reading.rows import BadCell, Row
from rung.footprint import unknown

_NO_USE = "a page of costs holds money alone; the energy is in the pages of organization/usage"


def openai_costs_reader(options: Options) -> Callable[[Row], Activity | None]:
    """Results of organization/costs; their energy is unknown and says where it is to be had."""
    places, charges = Places(options), Charges(options)

    def read(row: Row) -> Activity:
        amount = row.number("amount.value", negative=True)
        if amount is None:
            raise BadCell("no amount.value", mend="save the page of costs as the API gave it, or pass --skip-bad")
        charged = charges.of(amount, row.text("amount.currency").upper(), "amount", row.where)
        name = row.text("line_item", "project_id") or "OpenAI"
        activity = charge_alone(name, places.anywhere(None), charged, unknown("IT energy", "J", _NO_USE))
        period = row.period(("start_time",), ("end_time",))
        lost = unknown("embodied carbon", "gCO2e", _NO_USE)
        return replace(activity, embodied=lost, where=row.where, period=period)

    return read
