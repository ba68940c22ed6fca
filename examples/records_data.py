# ruff: noqa: E501, SIM905
"""Order messages and the record that a clerk would file: item, count, due date, bay.

House rules that no prompt states: an item is its maker and then its kind however it was said (`pumps by Kordun` becomes
`Kordun pumps`), counts are integers, dates are month and day in digits (`the 3rd of May` becomes `05-03`), a bay is the
letter of its row and its number (`bay 7 in row C` becomes `C7`), and where a message corrects itself the correction
counts. So most values stand nowhere in the message as they must be filed. Templates and makers differ by split.
"""

from __future__ import annotations

import json
import random

Split = str
"""One of "train", "tune" and "eval"."""

# I item, Q quantity, D due date, P bay, O another quantity, E a weekday, N a person, W where a person is.
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
        "Order for P. I, Q of them. Arrival on D.",
        "Let me book Q I. They are used at P from D on.",
        "If possible D: Q I, straight to P. Yours, N.",
        "We spoke on E. Here is the order: Q I to P, for D.",
        "Q I are to be at P no later than D, says N from W.",
        "The foreman at P asked me to get I. He said Q, and he said D.",
        "Move the delivery of Q I from E to D. P has not changed.",
    ),
}
FRAGMENTS: dict[Split, tuple[str, str, str]] = {
    "train": (
        "we need Q I|send Q I|please bring Q I|the order is Q I|Q I please|we want Q I|I would like Q I|get us Q I",
        "to P|at P|the place is P|drop them at P|the address is P|they go to P|for P|it is for P",
        "on D|by D|D would suit us|the day is D|come on D|for D|it must be D|D at the latest",
    ),
    "tune": ("we order Q I|we take Q I", "leave them at P|over to P", "D is fine|until D"),
    "eval": (
        "we ask for Q I|deliver Q I|what we want is Q I|please send us Q I",
        "bring them to P|our address is P|the goods go to P|near P",
        "D is best|we expect them on D|the date is D|before D",
    ),
}
"""Pieces for the item, the place and the day, which come in any order."""

GOODS = "pumps valves cables tiles bolts panels filters hoses racks screws boards plugs lids belts".split()
ITEMS = ("M G", "G by M", "G from M", "G of make M")
DATES = ("9 X", "X 9", "the 9th of X")
MONTHS = "January February March April May June July August September October November December".split()
BAYS = ("bay B in row R", "row R, bay B", "bay B of row R")
SYLLABLES: dict[Split, tuple[str, str]] = {
    "train": (
        "bar dol fen gar hel kor lam mar nor pel ros sal tor vel win zan bru cle dra fri gro jun kip lus mon pra rud sti",
        "by den dale fax gan ket lo mer nix ra ston vex ton wick ple dun gor hill mot sen tas wold zie",
    ),
    "tune": ("cas jor rin tal", "dor len mo"),
    "eval": (
        "bel cor dar fal gol har ker mel nar pol sor tam ver wes bri cal dun fle gan hob jas lin mig pro ruk sha tof yan",
        "bury ford gate ham kin lor max na rell ter via ward bos dra fen gul ley mund pat roe sk thal",
    ),
}
"""First and last syllables of the invented makers."""

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
WORDS = "two three four five six seven eight nine ten eleven twelve".split()
PHRASES = {"a dozen": 12, "two dozen": 24}
TEMPLATE_SHARE = 0.25
COUNT: dict[Split, int] = {"train": 700, "tune": 200, "eval": 480}


def _count(rng: random.Random) -> tuple[str, int]:
    """How an amount is said, and the amount."""
    roll = rng.random()
    if roll < 0.25:
        number = rng.randint(2, 12)
        return WORDS[number - 2], number
    if roll < 0.3:
        return rng.choice(sorted(PHRASES.items()))
    number = rng.randint(2, 99)
    return str(number), number


def _name(rng: random.Random, split: Split) -> str:
    first, last = (part.split() for part in SYLLABLES[split])
    middle = rng.choice(["", "", "a", "e", "i", "o"])
    return (rng.choice(first) + middle + rng.choice(last)).capitalize()


def _template(rng: random.Random, split: Split) -> str:
    """A whole message of the split, or pieces in random order."""
    if rng.random() < TEMPLATE_SHARE:
        return rng.choice(TEMPLATES[split])
    pieces = [rng.choice(options.split("|")) for options in FRAGMENTS[split]]
    rng.shuffle(pieces)
    return f"{rng.choice([', ', ', ', ' and ']).join(pieces)}."


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _date(rng: random.Random) -> tuple[str, str]:
    """How a day of the year is said, and how it is filed."""
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    said = rng.choice(DATES).replace("X", MONTHS[month - 1]).replace("9th", _ordinal(day)).replace("9", str(day))
    return said, f"{month:02d}-{day:02d}"


def _bay(rng: random.Random) -> tuple[str, str]:
    """How a bay is said, and how it is filed."""
    row, number = rng.choice("ABCDEFGH"), str(rng.randint(1, 40))
    words = rng.choice(BAYS).split(" ")
    said = " ".join({"R": row, "R,": f"{row},", "B": number}.get(word, word) for word in words)
    return said, row + number


def _item(rng: random.Random, split: Split) -> tuple[str, str]:
    """How an item is said, and how it is filed."""
    maker, goods = _name(rng, split), rng.choice(GOODS)
    said = " ".join({"M": maker, "G": goods}.get(word, word) for word in rng.choice(ITEMS).split(" "))
    return said, f"{maker} {goods}"


def _row(rng: random.Random, split: Split) -> tuple[str, str]:
    item, filed = _item(rng, split)
    said, number = _count(rng)
    date, due = _date(rng)
    place, bay = _bay(rng)
    slots = {
        "I": item,
        "Q": said,
        "D": date,
        "P": place,
        "O": str(rng.randint(2, 90)),
        "E": rng.choice(DAYS),
        "N": rng.choice(NAMES[split].split()),
        "W": rng.choice(["the office", "accounts", "the canteen"]),
    }
    words = _template(rng, split).split(" ")
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
    text = text.strip()
    opening = rng.choice(OPENINGS[split].split("|"))
    text = f"{opening} {text[:1].upper() + text[1:]}".strip()
    record = {"item": filed, "count": number, "due": due, "bay": bay}
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
