# ruff: noqa: E501, SIM905
"""Words for the pretraining mix: invented names, plain nouns and quantities.

Nothing here may occur as an entity or a value in the example evaluation sets; `overlap.py`
checks that. Invented names are split by a checksum: one in ten is reserved for the held-out probe.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh st t th tr v w x y z".split()
VOWELS = "a e i o u ai ea ie oa ou ee a e i o".split()
CODAS = "b ck d g l ll m n nd ng nt p r rd rn s sk ss st t th x z".split()

COLOURS = "amber azure beige black blue bronze coral crimson cyan golden green grey indigo ivory lilac maroon olive orange pink purple red scarlet silver teal violet white yellow".split()
MATERIALS = "bamboo brass canvas cedar ceramic clay copper cork cotton felt glass granite iron leather linen marble oak pine plastic rubber silk slate steel stone tin velvet walnut wax wool".split()
ANIMALS = "badger bear beaver bison camel cat cobra crane crow deer dog donkey eagle falcon ferret fox frog goat goose hare hawk heron horse ibis lion lizard lynx mole moose mouse otter owl panda parrot pig pony rabbit raven seal sheep snail spider squid swan tiger toad turtle walrus whale wolf zebra".split()
FOODS = "almonds apples barley beans bread butter cabbage carrots cheese cherries corn figs garlic ginger grapes honey lemons lentils mango melon noodles nuts oats olives onions pasta peaches pears peas pepper plums potatoes rice salad soup spinach sugar tomatoes yogurt".split()
SHAPES = "round square oval flat hollow curved narrow wide tall short thick thin".split()
INSTRUMENTS = "banjo bassoon cello clarinet drum fiddle flute gong guitar harp horn lute oboe organ piano sitar trumpet tuba violin".split()
JOBS = "actor baker barber butcher carpenter clown cook dancer dentist doctor farmer fisher gardener judge knight lawyer miner nurse painter pilot poet potter priest sailor scout singer smith soldier tailor teacher weaver writer".split()
LANGUAGES = "Arvic Belosh Cantric Dorlan Elvish Fenric Gaulic Hestian Ilvan Jorish Kelmic Lusian Morvic Nordan Oskan Pelmic Quenya Rhaetic Selvic Tolmic Urdic Velsh".split()
THINGS = "anchor arrow barrel basket bell bench bicycle boat bottle bowl box bridge broom bucket cabin candle cannon carpet cart castle chair chest clock cloak coat coin crown cup curtain desk door drawer engine fan fence flag fork gate glove hammer hat helmet jar kettle key kite knife ladder lamp lantern lock mask mill mirror needle net oar oven pan pillow pipe plate plough pot pump raft ring robe rope rug saddle scarf shelf shield ship shovel sled spoon statue stool stove sword table tent tower tray trunk vase wagon wall wheel whistle window".split()
TEXTS = "poem novel ballad chronicle diary essay fable hymn legend letter manual map opera play saga scroll song story treatise verse".split()
NATURE = "cave canyon cliff desert forest garden glacier hill island lagoon lake marsh meadow mountain oasis orchard peak plain pond reef ridge river valley volcano waterfall".split()
MODIFIERS = "average basic daily early extra final first formal full hidden inner joint last late local main major minor new night old outer prime public rare regular second secret special spring standard storage summer total training upper usual visible winter yearly".split()
NOUNS = "altitude capacity density depth diameter distance duration frequency goal grade height humidity length level mass output population pressure range rank ratio reach score size speed strength temperature thickness tide torque value voltage volume weight width yield".split()
UNITS = "litres grams metres miles pages degrees points tons watts volts inches acres feet crowns florins shells barrels bushels knots pounds steps beats grains sacks".split()
MONTHS = "January February March April May June July August September October November December".split()
NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty".split()

TOPICS: dict[str, list[str]] = {
    "music": "melody chord rhythm song concert drummer choir tune orchestra guitar singer album".split(),
    "farming": "harvest tractor barn crops soil seeds cattle plough wheat field irrigation hay".split(),
    "space": "rocket orbit comet telescope planet astronaut galaxy moon launch satellite star crater".split(),
    "medicine": "fever patient surgeon vaccine dose clinic nurse symptom bandage virus therapy pulse".split(),
    "sport": "goal referee match coach stadium tournament sprint medal score athlete league tackle".split(),
    "weather": "storm thunder drizzle fog sunshine hail breeze forecast frost cloudy rainfall gale".split(),
    "cooking": "recipe oven simmer spice dough roast sauce chop flour kettle pan stew".split(),
    "law": "judge verdict trial jury statute lawyer appeal witness court guilty crime plea".split(),
    "sea": "tide sailor harbour anchor wave captain reef deck whale voyage mast shore".split(),
    "school": "teacher pupil exam homework lesson classroom essay lecture grade chalk textbook term".split(),
    "garden": "rose hedge lawn weeds pruning blossom shovel compost tulip watering greenhouse ivy".split(),
    "war": "soldier siege cavalry trench cannon general battle armour truce fortress army retreat".split(),
    "art": "canvas sculpture sketch gallery portrait brush palette mural easel exhibition clay artist".split(),
    "forest": "pine moss owl timber trail badger oak fern squirrel deer canopy mushroom".split(),
    "building": "brick cement scaffold roof crane beam architect mortar plaster foundation drill girder".split(),
    "history": "emperor dynasty ancient archive ruins treaty kingdom medieval conquest throne museum empire".split(),
    "fashion": "dress silk tailor jacket collar runway fabric hat boots velvet button scarf".split(),
    "theatre": "stage actor curtain rehearsal script audience drama costume applause scene comedy director".split(),
    "mining": "coal shaft tunnel ore pickaxe quarry dynamite miner gold vein lantern cart".split(),
    "chess": "bishop knight rook checkmate opening gambit pawn endgame castling board queen draw".split(),
}

Split = str
"""One of "train", "fresh" (reserved names in the phrasings of training) and "probe" (reserved names and phrasings)."""


def reserved(name: str) -> bool:
    """Whether an invented name belongs to the held-out probe."""
    return zlib.crc32(name.lower().encode()) % 10 == 0


def pseudo_word(rng: random.Random, *, split: Split, syllables: tuple[int, int] = (1, 3)) -> str:
    """An invented lower-case word of the given split, such as `dravelm`."""
    while True:
        count = rng.randint(*syllables)
        parts = [rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(count)]
        word = "".join(parts) + (rng.choice(CODAS) if count == 1 or rng.random() < 0.6 else "")
        if 3 <= len(word) <= 10 and reserved(word) == (split != "train"):
            return word


def proper_name(rng: random.Random, split: Split) -> str:
    """An invented name with a capital."""
    return pseudo_word(rng, split=split).capitalize()


def person(rng: random.Random, split: Split) -> str:
    """One or two invented names."""
    if rng.random() < 0.6:
        return proper_name(rng, split)
    return f"{proper_name(rng, split)} {proper_name(rng, split)}"


def number(rng: random.Random) -> str:
    """A number with one to four digits, small ones more often."""
    return str(rng.randint(1, 10 ** rng.choice([1, 2, 2, 2, 3, 3, 4])))


def quantity(rng: random.Random) -> str:
    """A number with a unit, such as `47 litres`."""
    amount = rng.choice(NUMBER_WORDS) if rng.random() < 0.12 else number(rng)
    return f"{amount} {rng.choice(UNITS)}"


def clock(rng: random.Random) -> str:
    """A time of day."""
    hour, minute = rng.randint(0, 23), rng.choice([0, 5, 10, 15, 20, 30, 40, 45, 50])
    return rng.choice([f"{hour}:{minute:02d}", f"{hour % 12 + 1} {rng.choice(['am', 'pm'])}"])


def date(rng: random.Random) -> str:
    """A day of the year, with or without the year."""
    day, month = rng.randint(1, 28), rng.choice(MONTHS)
    return rng.choice([f"{day} {month}", f"{month} {day}", f"{day} {month} {rng.randint(1200, 2090)}"])


def year(rng: random.Random) -> str:
    """A year."""
    return str(rng.randint(1100, 2095))


def code(rng: random.Random) -> str:
    """A part number such as `KV-482`."""
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(rng.randint(1, 3)))
    return f"{letters}{rng.choice(['-', '', '/'])}{rng.randint(1, 9999)}"


def attribute(rng: random.Random) -> str:
    """A measurable property such as `winter capacity`."""
    noun = rng.choice(NOUNS)
    roll = rng.random()
    if roll < 0.25:
        return noun
    if roll < 0.8:
        return f"{rng.choice(MODIFIERS)} {noun}"
    return f"{pseudo_word(rng, split='train')} {noun}"


def thing(rng: random.Random, split: Split) -> str:
    """A described object such as `the copper lantern of Dravel`."""
    noun = rng.choice(THINGS)
    roll = rng.random()
    if roll < 0.35:
        return f"the {rng.choice(COLOURS)} {noun}"
    if roll < 0.6:
        return f"the {rng.choice(MATERIALS)} {noun}"
    return f"the {proper_name(rng, split)} {noun}"


def _pool(words: list[str]) -> Callable[[random.Random, Split], str]:
    return lambda rng, _split: rng.choice(words)


KINDS: dict[str, Callable[[random.Random, Split], str]] = {
    "person": person,
    "name": proper_name,
    "place": proper_name,
    "thing": thing,
    "colour": _pool(COLOURS),
    "material": _pool(MATERIALS),
    "animal": _pool(ANIMALS),
    "food": _pool(FOODS),
    "shape": _pool(SHAPES),
    "instrument": _pool(INSTRUMENTS),
    "job": _pool(JOBS),
    "language": _pool(LANGUAGES),
    "number": lambda rng, _split: number(rng),
    "quantity": lambda rng, _split: quantity(rng),
    "clock": lambda rng, _split: clock(rng),
    "date": lambda rng, _split: date(rng),
    "year": lambda rng, _split: year(rng),
    "code": lambda rng, _split: code(rng),
    "text": lambda rng, split: f"the {rng.choice(TEXTS)} {proper_name(rng, split)}",
    "nature": lambda rng, split: f"{rng.choice(['', 'the '])}{proper_name(rng, split)} {rng.choice(NATURE)}",
    "org": lambda rng, split: (
        f"{proper_name(rng, split)} {rng.choice(['Works', 'Guild', 'Union', 'House', 'Group', 'Club', 'Bank', 'Press'])}"
    ),
    "device": lambda rng, split: (
        f"the {pseudo_word(rng, split=split)} {rng.choice(['engine', 'pump', 'sensor', 'drone', 'printer', 'robot', 'press', 'valve'])}"
    ),
    "project": lambda rng, split: f"{rng.choice(['project', 'plan', 'mission', 'study'])} {proper_name(rng, split)}",
    "phrase": lambda rng, split: " ".join(pseudo_word(rng, split=split) for _ in range(rng.randint(1, 3))),
}
"""What a slot of a relation may be filled with."""
