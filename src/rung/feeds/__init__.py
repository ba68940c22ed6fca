"""Feeds: what a grid's kilowatt-hour caused hour by hour, and what it is expected to cause.

Files are read by `read_series`; services speak HTTP and are imported at first use (`rung.feeds.electricity_maps`,
`rung.feeds.watttime`, `rung.feeds.aws_sustainability`).
"""

from __future__ import annotations

from rung.feeds.files import SeriesFile, read_series
from rung.feeds.protocol import Feed
from rung.feeds.series import Gap, HourlySeries, SignalKind

__all__ = ["Feed", "Gap", "HourlySeries", "SeriesFile", "SignalKind", "read_series"]
