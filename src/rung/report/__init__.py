"""Renders plans: a terminal summary, one self-contained HTML page, and a page in words per candidate.

Nothing is computed here that the plan does not hold; figures are formatted and scaled to pixels.
"""

from __future__ import annotations

from rung.report.explain import explain
from rung.report.forecast import render_forecast
from rung.report.html import render_html
from rung.report.terminal import render_summary

__all__ = ["explain", "render_forecast", "render_html", "render_summary"]
