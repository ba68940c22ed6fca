"""Footprints of what already ran: the place of a workload joined with the catalog."""

from __future__ import annotations

from rung.accounting.places import factors_for

__all__ = ["factors_for"]
