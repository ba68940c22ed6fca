"""Engines: what runs a model, local or remote, behind one protocol."""

from __future__ import annotations

from rung.engines.room import EngineRoom, Maker

__all__ = ["EngineRoom", "Maker"]
