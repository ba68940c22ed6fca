"""Office policies as a knowledge folder, and questions that each one paragraph answers."""

from __future__ import annotations

import random
from pathlib import Path

from policy_facts import COLOURS, DEVICES, FIRST, LAST, ROOMS, SITES, TOPICS, WEEKDAYS

Split = str
"""One of "train", "tune" and "eval"."""

PER_SITE = 8
SITES_PER_FILE = 8


def _value(rng: random.Random, kind: str, split: Split) -> str:
    numbers = {
        "euros": (11, 980),
        "weeks": (2, 26),
        "days": (2, 45),
        "years": (2, 9),
        "months": (2, 12),
        "count": (2, 99),
    }
    if kind in numbers:
        low, high = numbers[kind]
        return f"{rng.randint(low, high)}{'' if kind == 'count' else ' ' + kind}"
    if kind == "clock":
        return f"{rng.randint(5, 22)}:{rng.choice([0, 10, 15, 20, 30, 40, 45, 50]):02d}"
    if kind == "code":
        return str(rng.randint(1000, 9999))
    if kind == "person":
        return f"{rng.choice(FIRST[split])} {rng.choice(LAST[split])}"
    words = {"colour": COLOURS[split], "room": ROOMS[split], "device": DEVICES[split], "weekday": WEEKDAYS}
    return rng.choice(words[kind])


def _fill(template: str, town: str, value: str = "") -> str:
    """Replace the one-letter slots; a value that starts the sentence gets a capital."""
    words = [
        {"S": town, "V": value}.get(bare := word.rstrip(".,?:"), bare) + word[len(bare) :]
        for word in template.split(" ")
    ]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def knowledge_and_rows(seed: int) -> tuple[dict[str, list[str]], dict[Split, list[dict[str, str]]]]:
    """Paragraphs by file, and rows by split.

    Returns:
        File stem -> paragraphs, one fact each; split -> rows whose `source` is `STEM#N`, N counted from 1.
    """
    rng = random.Random(f"policy:{seed}")
    facts = [
        (split, town, name, _value(rng, TOPICS[name].value, split))
        for split, towns in SITES.items()
        for town in towns
        for name in rng.sample(sorted(TOPICS), PER_SITE)
    ]
    towns = [town for names in SITES.values() for town in names]
    rng.shuffle(towns)
    file_of = {town: f"offices-{place // SITES_PER_FILE + 1:02d}" for place, town in enumerate(towns)}
    rng.shuffle(facts)
    files: dict[str, list[str]] = {stem: [] for stem in sorted(set(file_of.values()))}
    rows: dict[Split, list[dict[str, str]]] = {split: [] for split in SITES}
    for split, town, name, value in facts:
        topic, stem = TOPICS[name], file_of[town]
        files[stem].append(f"{town}: " + _fill(rng.choice(topic.statements), town, value))
        asked = {"train": topic.train, "tune": topic.tune, "eval": topic.eval}[split]
        question = _fill(rng.choice(asked), town)
        number = len(rows[split])
        rows[split].append(
            {
                "id": f"policy-{split}-{number:04d}",
                "input": question,
                "output": value,
                "source": f"{stem}#{len(files[stem])}",
            }
        )
    return files, rows


def write_knowledge(files: dict[str, list[str]], folder: Path) -> None:
    """One text file per group of offices, paragraphs parted by a blank line."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, paragraphs in files.items():
        (folder / f"{stem}.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
