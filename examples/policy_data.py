"""Office policies as a knowledge folder, and questions that one value of one paragraph answers.

Answers are what the form of the help desk takes: most are cut out of the paragraph (of amounts the number alone), some
are in a house style that stands in no document: `45 euros` is entered as `EUR 45`, `14:10` as `14h10`, `Olga Ramos` as
`Ramos, Olga`.
"""

from __future__ import annotations

import random
from pathlib import Path

from policy_facts import COLOURS, FIRST, LAST, SITES, THEMES, WEEKDAYS, Listing, Theme

Split = str
"""One of "train", "tune" and "eval"."""

PER_SITE = 8
SITES_PER_FILE = 8
OTHER_WORDS = 0.35
"""Share of questions that name a thing in other words than the passage does; the words are known from training."""

AMOUNTS = {"euros": (3, 95), "days": (2, 30), "years": (2, 9), "people": (4, 99)}


def _value(rng: random.Random, kind: str, split: Split) -> str:
    if kind in AMOUNTS:
        return f"{rng.randint(*AMOUNTS[kind])} {kind}"
    if kind == "clock":
        return f"{rng.randint(5, 22)}:{rng.choice([0, 10, 15, 20, 30, 40, 45, 50]):02d}"
    if kind == "code":
        return str(rng.randint(1000, 9999))
    if kind == "person":
        return f"{rng.choice(FIRST[split])} {rng.choice(LAST[split])}"
    return rng.choice(COLOURS[split] if kind == "colour" else WEEKDAYS)


def _entered(kind: str, value: str) -> str:
    """A value as the form takes it."""
    if kind == "euros":
        return f"EUR {value.split()[0]}"
    if kind == "clock":
        return value.replace(":", "h")
    if kind == "person":
        first, last = value.split()
        return f"{last}, {first}"
    return value.split()[0]


def _fill(template: str, slots: dict[str, str]) -> str:
    """Replace the one-letter slots that stand as words of their own."""
    words = [
        slots.get(bare := word.rstrip(".,?:"), bare) + word[len(word.rstrip(".,?:")) :] for word in template.split(" ")
    ]
    return " ".join(words)


def _passage(listing: Listing, town: str, name: str, value: str) -> str:
    """The fact as a sentence that names the town."""
    said = f"{_fill(listing.opening, {'S': town})}{_fill(listing.piece, {'A': name, 'V': value})}."
    return said[:1].upper() + said[1:]


def _question(rng: random.Random, theme: Theme, split: Split, town: str, name: str) -> str:
    asked = {"train": theme.train, "tune": theme.tune, "eval": theme.eval}[split]
    words = rng.choice(theme.entries[name]) if rng.random() < OTHER_WORDS else name
    text = _fill(rng.choice(asked), {"S": town, "A": words})
    return text[:1].upper() + text[1:]


def knowledge_and_rows(seed: int) -> tuple[dict[str, list[str]], dict[Split, list[dict[str, str]]]]:
    """Paragraphs by file, one fact each, and rows by split.

    Returns:
        File stem -> paragraphs; split -> rows whose `source` is `STEM#N`, N counted from 1.
    """
    rng = random.Random(f"policy:{seed}")
    facts = [
        (split, town, name)
        for split, towns in SITES.items()
        for town in towns
        for name in rng.sample(sorted(THEMES), PER_SITE)
    ]
    towns = [town for names in SITES.values() for town in names]
    rng.shuffle(towns)
    file_of = {town: f"offices-{place // SITES_PER_FILE + 1:02d}" for place, town in enumerate(towns)}
    rng.shuffle(facts)
    files: dict[str, list[str]] = {stem: [] for stem in sorted(set(file_of.values()))}
    rows: dict[Split, list[dict[str, str]]] = {split: [] for split in SITES}
    for split, town, theme_name in facts:
        theme, stem = THEMES[theme_name], file_of[town]
        name = rng.choice(sorted(theme.entries))
        value = _value(rng, theme.value, split)
        files[stem].append(_passage(rng.choice(theme.listings), town, name, value))
        rows[split].append(
            {
                "id": f"policy-{split}-{len(rows[split]):04d}",
                "input": _question(rng, theme, split, town, name),
                "output": _entered(theme.value, value),
                "source": f"{stem}#{len(files[stem])}",
            }
        )
    return files, rows


def write_knowledge(files: dict[str, list[str]], folder: Path) -> None:
    """One text file per group of offices, paragraphs parted by a blank line."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, paragraphs in files.items():
        (folder / f"{stem}.txt").write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
