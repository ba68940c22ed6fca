# ruff: noqa: E501, SIM905
"""Order messages and the record that a clerk would file: item, quantity, day, place.

House rules that no prompt states: quantities are integers, days are three lower-case letters, and where a message corrects
itself the correction counts. Templates, items and places differ by split.
"""

from __future__ import annotations

import json
import random

Split = str
"""One of "train", "tune" and "eval"."""

# I item, Q quantity, D day, P place, O another quantity, E another day, N a person, W where a person is.
TEMPLATES: dict[Split, tuple[str, ...]] = {
    "train": (
        "Please deliver Q I to P on D.",
        "We need Q I at P by D.",
        "Could you bring Q I to P? D would suit us.",
        "N here. Send Q I to P, D at the latest.",
        "For D we ordered Q I. Drop them at P.",
        "P is short of I. We want Q of them on D.",
        "I called on E about I. Make it Q, to P, on D.",
        "Not O but Q I, please. They go to P on D.",
        "On D a van should take Q I to P.",
        "The I are for P. Q of them, D if you can.",
        "N from W asks for Q I. Delivery to P is on D.",
        "Q I, P, D. Thanks, N.",
        "Change of plan: D instead of E for the Q I. Still P.",
        "Can P have Q I before the shift on D?",
        "Our order: Q I. Our address: P. Our day: D.",
        "Hello, it is N. I would like to have Q I sent over to P. We are there on D.",
        "As said on E, the crew at P waits for Q I. They start on D.",
        "Reserve Q I for us. N will unload them at P on D.",
        "Take Q I from the store and bring them to P. Do it on D.",
        "We had O I last time. This time it is Q, at P, on D.",
        "Put down Q I for D. The truck goes to P.",
        "When you come to P on D, bring Q I along.",
        "I have to order I again. Q will do. D, P.",
        "Is D fine for Q I? We are at P.",
        "N wrote on E that P needs I. Let us say Q, and D.",
        "Kindly ship I to P. Quantity Q. It has to be D.",
        "At P the I ran out. N wants Q more on D.",
        "Add Q I to the load for P. It leaves on D.",
        "The day is D, the place is P, and we want Q I.",
        "Do not come on E. Come on D with Q I, to P.",
    ),
    "tune": (
        "Would you get Q I over to P on D?",
        "N at W forgot the I. Q are missing at P, and D is the last day.",
        "D it is. Q I, unloaded at P.",
        "Instead of O we take Q I. Place is P, day is D.",
        "Bring the Q I on D, and use the entrance at P.",
        "The team of P ordered I on E. They want Q by D.",
    ),
    "eval": (
        "Would you kindly drop off Q I at P this D?",
        "P called: they want Q I, and they want them on D.",
        "This is N. Q I should reach P on D.",
        "Forget what I said on E. We take Q I on D, same P as ever.",
        "It was O at first, now it is Q I for P. D works.",
        "Have Q I ready for D. Someone drives them to P.",
        "N needs I at P. Let it be Q. D morning is best.",
        "By D there must be Q I at P.",
        "Our people at P are out of I, so Q on D would be great.",
        "Order for P. I, Q pieces. Arrival on D.",
        "Let me book Q I. They are used at P from D on.",
        "If possible D: Q I, straight to P. Yours, N.",
        "We spoke on E. Here is the order: Q I to P, for D.",
        "Q I are to be at P no later than D, says N from W.",
        "The foreman at P asked me to get I. He said Q, and he said D.",
        "Move the delivery of Q I from E to D. P has not changed.",
    ),
}
ADJECTIVES: dict[Split, str] = {
    "train": "long broad rough smooth rusty painted sturdy hard soft cheap glossy matt woven sealed spare used",
    "tune": "bent clean stiff dry",
    "eval": "galvanised grooved heavy padded insulated folding coated threaded sanded sliding foldable welded",
}
NOUNS: dict[Split, str] = {
    "train": "planks tiles hinges bolts cables sockets brackets screws panels beams bricks hoses valves wires nails boards filters fuses gloves pumps crates lids frames racks struts belts plugs switches",
    "tune": "gutters ladders chains wedges hooks poles",
    "eval": "trestles gaskets washers pallets sandbags dowels rivets casters nozzles tarpaulins couplings grommets spindles flanges rollers clamps",
}
PLACES: dict[Split, str] = {
    "train": "Dock Hall Yard Ramp Bay Tower Block Wing Platform Garage Workshop",
    "tune": "Annex Cellar Terminal",
    "eval": "Depot Berth Hangar Warehouse Quay Pavilion Silo Barracks",
}
NAMES: dict[Split, str] = {
    "train": "Ahmed Bea Chen Dora Emil Fay Gil Hana Ivo Jo",
    "tune": "Kofi Lea Mo",
    "eval": "Nils Oda Pia Raj Sven Uma Viktor Yara",
}
OPENINGS: dict[Split, str] = {
    "train": "||||Hi,|Good morning.|Dear all,|Me again.",
    "tune": "|||Hey,|Good day.",
    "eval": "||||Evening.|Quick one.|Dear team,|Listen,",
}
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
WORDS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
PHRASES = {
    "a dozen": 12,
    "two dozen": 24,
    "three dozen": 36,
    "four dozen": 48,
    "half a dozen": 6,
    "a pair of": 2,
    "a hundred": 100,
    "fifty": 50,
    "thirty": 30,
    "forty": 40,
}
COUNT: dict[Split, int] = {"train": 800, "tune": 200, "eval": 480}


def _quantity(rng: random.Random) -> tuple[str, int]:
    roll = rng.random()
    if roll < 0.4:
        number = rng.randint(2, 20)
        return WORDS[number - 2], number
    if roll < 0.65:
        return rng.choice(sorted(PHRASES.items()))
    number = rng.randint(2, 400)
    return str(number), number


def _place(rng: random.Random, split: Split) -> str:
    return f"{rng.choice(PLACES[split].split())} {rng.choice('ABCDEFGHKLMN123456789')}"


def _row(rng: random.Random, split: Split) -> tuple[str, str]:
    item = f"{rng.choice(ADJECTIVES[split].split())} {rng.choice(NOUNS[split].split())}"
    said, number = _quantity(rng)
    day, other = rng.sample(DAYS, 2)
    place = _place(rng, split)
    template = rng.choice(TEMPLATES[split])
    if " I" not in template.split(said)[0] and "of them" in template:
        said = said.removesuffix(" of")
    slots = {
        "I": item,
        "Q": said,
        "D": day,
        "P": place,
        "O": str(rng.randint(2, 90)),
        "E": other,
        "N": rng.choice(NAMES[split].split()),
        "W": rng.choice(["the office", "accounts", "the canteen"]),
    }
    words = template.split(" ")
    text = ""
    for position, word in enumerate(words):
        bare = word.rstrip(".,?:")
        is_writer = (
            bare == "I"
            and word == "I"
            and position + 1 < len(words)
            and words[position + 1] in {"called", "have", "would", "said"}
        )
        text += " " + (word if is_writer or bare not in slots else slots[bare] + word[len(bare) :])
    text = (
        text.strip()
        .replace("a pair of.", "a pair.")
        .replace("a pair of,", "a pair,")
        .replace("a pair of of", "a pair of")
    )
    opening = rng.choice(OPENINGS[split].split("|"))
    text = f"{opening} {text[:1].upper() + text[1:]}".strip()
    record = {"item": item, "quantity": number, "day": day[:3].lower(), "place": place}
    return text, json.dumps(record, separators=(",", ":"))


def rows(split: Split, seed: int) -> list[dict[str, str]]:
    """Rows of one split, without duplicates."""
    rng = random.Random(f"records:{split}:{seed}")
    found: dict[str, str] = {}
    while len(found) < COUNT[split]:
        text, record = _row(rng, split)
        found.setdefault(text, record)
    return [
        {"id": f"records-{split}-{n:04d}", "input": text, "output": record}
        for n, (text, record) in enumerate(found.items())
    ]
