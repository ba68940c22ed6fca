"""The registry: what is there, and that looking costs nothing."""

from __future__ import annotations

import subprocess
import sys

from rung.methods import all_methods

HEAVY = ("numpy", "scipy", "torch", "sklearn", "transformers", "bm25s", "peft")


def test_methods_are_sorted_by_rung():
    heights = [method.rung.height for method in all_methods().values()]
    assert heights == sorted(heights)
    assert {"tfidf-logreg", "zero-shot", "rag", "lora", "full-finetune"} <= set(all_methods())


def test_listing_methods_imports_nothing_heavy():
    code = "import sys, rung.methods; rung.methods.all_methods(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(HEAVY) & set(loaded)
