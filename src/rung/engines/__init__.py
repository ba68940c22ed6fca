"""Engines: what completes prompts. Heavy providers are imported at first use."""

from __future__ import annotations

from rung.engines.room import EngineRoom, Maker, engine_names

__all__ = ["EngineRoom", "Maker", "engine_names"]
