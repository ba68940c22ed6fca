"""Reading files of use: the kind is told by the columns, rows become activities, and bad rows are named or counted."""

from __future__ import annotations

from rung.accounting.reading.files import Taken, take
from rung.accounting.reading.kinds import KINDS, Kind, kind_of

__all__ = ["KINDS", "Kind", "Taken", "kind_of", "take"]
