"""Footprints of what already ran: commands, steps, logs and bills, each figure with its derivation.

Everything is imported at its first use, so that `rung.track` in a program costs little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rung.lazily import lazily

if TYPE_CHECKING:
    from rung.accounting.account import Account, FunctionalUnit, account_of
    from rung.accounting.activities import Activity, Line, line_of
    from rung.accounting.command import Ran, command_activity, run_command
    from rung.accounting.conditions import Conditions, Options, Parameters, Price
    from rung.accounting.hosted import TokenUse, token_activity
    from rung.accounting.places import factors_for
    from rung.accounting.quality import DataQuality, quality_of
    from rung.accounting.reading import KINDS, Kind, Taken, take
    from rung.accounting.statement import Statement, statements
    from rung.accounting.tracking import Step, Tracker, track
    from rung.accounting.writers import account_json, write_account

__all__ = [
    "KINDS",
    "Account",
    "Activity",
    "Conditions",
    "DataQuality",
    "FunctionalUnit",
    "Kind",
    "Line",
    "Options",
    "Parameters",
    "Price",
    "Ran",
    "Statement",
    "Step",
    "Taken",
    "TokenUse",
    "Tracker",
    "account_json",
    "account_of",
    "command_activity",
    "factors_for",
    "line_of",
    "quality_of",
    "run_command",
    "statements",
    "take",
    "token_activity",
    "track",
    "write_account",
]

_LATER = {
    "Account": "account",
    "Activity": "activities",
    "Conditions": "conditions",
    "DataQuality": "quality",
    "FunctionalUnit": "account",
    "Kind": "reading",
    "KINDS": "reading",
    "Line": "activities",
    "Options": "conditions",
    "Parameters": "conditions",
    "Price": "conditions",
    "Ran": "command",
    "Statement": "statement",
    "Step": "tracking",
    "Taken": "reading",
    "TokenUse": "hosted",
    "Tracker": "tracking",
    "account_json": "writers",
    "account_of": "account",
    "command_activity": "command",
    "factors_for": "places",
    "line_of": "activities",
    "quality_of": "quality",
    "run_command": "command",
    "statements": "statement",
    "take": "reading",
    "token_activity": "hosted",
    "track": "tracking",
    "write_account": "writers",
}


__getattr__ = lazily(__name__, _LATER)
