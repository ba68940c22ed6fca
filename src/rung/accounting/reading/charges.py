"""What a row of a bill charges, in one currency for the whole bill."""

from __future__ import annotations

from typing import Final

from rung.accounting.activities import Activity
from rung.accounting.conditions import Conditions, Options
from rung.accounting.currencies import known_currency
from rung.accounting.reading.rows import BadCell
from rung.footprint import Worked, given, nothing
from rung.types import Origin, Quantity

NOT_NETTED: Final = "a credit, not netted"


class Charges:
    """Reads charges; the first decides the currency that all are told in.

    Args:
        options: what the user gave, rates of exchange among it.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._unit = ""

    def of(self, amount: float, currency: str, about: str, where: str) -> Worked:
        """A charge.

        Args:
            amount: below 0 for a credit.
            currency: its code.
            about: the column.
            where: `file:line`.

        Raises:
            BadCell: the code is none of ISO 4217, or differs from the rows before and no rate is given.
        """
        if not known_currency(currency):
            problem = f"unknown currency {currency!r}" if currency else "no currency"
            raise BadCell(problem, mend="write a code of ISO 4217, e.g. USD or EUR; or pass --skip-bad")
        rate = 1.0 if currency == "USD" else self._options.exchange.get(currency)
        unit = currency if rate is None else "USD"
        self._unit = self._unit or unit
        if unit != self._unit:
            missing = currency if rate is None else self._unit
            mend = f"give --exchange {missing}=RATE (USD for one unit), or split the bill"
            raise BadCell(f"mixed currencies: {unit} after {self._unit}", mend=mend)
        if amount < 0:
            # A credit lowers what is paid and nothing else; a quantity is not negative.
            return nothing("charged", unit, f"{about} {amount:g} {currency}: {NOT_NETTED}")
        return given("charged", Quantity.of(amount * (rate or 1.0), unit, Origin.QUOTED), f"{about}, {where}")


def charge_alone(name: str, at: Conditions, charged: Worked, energy: Worked) -> Activity:
    """A charge with an energy that is none or unknown, and no hardware."""
    return Activity(name, "", at, "cloud", energy, nothing("embodied carbon", "gCO2e", energy.note), charged)
