"""Releases: what was chosen, as a folder that runs without the workload."""

from __future__ import annotations

from rung.release.manifest import Manifest
from rung.release.shelf import Shelf

__all__ = ["Manifest", "Shelf"]
