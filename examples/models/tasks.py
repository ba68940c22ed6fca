"""The pretraining mix: questions over stated facts, extraction, label choice and repetition.

A task is a user message and an answer. Inside a message, spans that are themselves answers (few-shot blocks) are
marked, so that training can weigh them like the last one.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from itertools import pairwise

import lexicon
from lexicon import Split
from relations import ATTRIBUTE_QUESTIONS, ATTRIBUTE_STATEMENTS, RELATIONS, Relation

UNKNOWN = "unknown"
"""The answer to a question for which nothing was stated."""


@dataclass(frozen=True)
class Span:
    """A piece of a user message; `answer` marks text that a reader could predict from what stands before it."""

    text: str
    answer: bool = False


@dataclass
class Task:
    """One exchange: what the user says and what the assistant must say."""

    user: list[Span]
    answer: str
    kind: str = ""

    @property
    def prompt(self) -> str:
        """The user message as plain text."""
        return "".join(span.text for span in self.user)


@dataclass(frozen=True)
class Fact:
    """A statement, what it is about, and a question that it answers."""

    text: str
    question: str
    answer: str
    subject: str
    relation: Relation | str = field(compare=False)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pick(rng: random.Random, options: tuple[str, ...], split: Split, held: int = 1) -> str:
    return rng.choice(options[-held:] if split == "probe" else options[:-held])


def _fact(rng: random.Random, split: Split, relation: Relation | str, subject: str) -> Fact:
    """State one thing about a subject; a relation given as text is the name of an attribute."""
    if isinstance(relation, Relation):
        value = lexicon.KINDS[relation.value](rng, split)
        statement = _pick(rng, relation.statements, split)
        question = _pick(rng, relation.questions, split)
        slots = {"S": subject, "V": value}
    else:
        value = (
            lexicon.quantity(rng)
            if rng.random() < 0.7
            else lexicon.KINDS[rng.choice(["number", "code", "name", "date", "colour"])](rng, split)
        )
        statement = _pick(rng, ATTRIBUTE_STATEMENTS, split, 2)
        question = _pick(rng, ATTRIBUTE_QUESTIONS, split, 2)
        slots = {"S": subject, "V": value, "A": relation}
    stated = _fill(statement, slots)
    # A value that opens the sentence keeps its case: the answer is to be copied to the letter.
    text = stated if statement.startswith("V") else _capital(stated)
    if split == "train" and rng.random() < 0.25:
        text = f"{rng.choice(PREFACES)} {stated}"
    return Fact(text, _capital(_fill(question, slots)), value, subject, relation)


PREFACES = (
    "Note that",
    "They say that",
    "It is true that",
    "Everybody knows that",
    "Remember:",
    "By the way,",
    "In short,",
    "As it is,",
    "According to the list,",
    "One more thing:",
    "It turns out that",
    "You should know:",
    "So far,",
    "At present",
    "Somebody wrote that",
)
"""What may stand before a statement in training."""


def _fill(template: str, slots: dict[str, str]) -> str:
    """Replace the one-letter slots that stand as words of their own."""
    words: list[str] = []
    for word in template.split(" "):
        core = word.rstrip(".?,:")
        words.append(slots[core] + word[len(core) :] if core in slots else word)
    return " ".join(words)


def _new_relation(rng: random.Random) -> tuple[Relation | str, str]:
    """A relation and the kind of its subject."""
    if rng.random() < 0.4:
        return lexicon.attribute(rng), rng.choice(["place", "nature", "org", "device", "project", "thing", "person"])
    relation = rng.choice(RELATIONS)
    return relation, relation.subject


def _distractor(rng: random.Random, split: Split, gold: Fact, kind: str, style: str) -> Fact:
    """A fact that differs from the gold one in its subject, its relation or both."""
    if style == "subject":
        return _fact(rng, split, gold.relation, lexicon.KINDS[kind](rng, split))
    if style == "relation":
        if isinstance(gold.relation, str) or rng.random() < 0.4:
            return _fact(rng, split, lexicon.attribute(rng), gold.subject)
        return _fact(rng, split, rng.choice([r for r in RELATIONS if r.subject == kind]), gold.subject)
    relation, other_kind = _new_relation(rng)
    return _fact(rng, split, relation, lexicon.KINDS[other_kind](rng, split))


def _same_question(a: Fact, b: Fact) -> bool:
    return a.subject == b.subject and (a.relation == b.relation or a.question == b.question)


def facts(rng: random.Random, split: Split, count: int, style: str | None = None) -> list[Fact]:
    """`count` facts in random order that can be told apart by subject and relation."""
    relation, kind = _new_relation(rng)
    gold = _fact(rng, split, relation, lexicon.KINDS[kind](rng, split))
    found = [gold]
    style = style or rng.choice(["subject", "subject", "relation", "any", "mixed"])
    while len(found) < count:
        pick = rng.choice(["subject", "relation", "any"]) if style == "mixed" else style
        other = _distractor(rng, split, gold, kind, pick)
        if not any(_same_question(other, known) or other.answer == known.answer for known in found):
            found.append(other)
    rng.shuffle(found)
    return found


def _block(lines: list[str], question: str) -> str:
    listed = "\n".join(lines)
    return f"Context:\n{listed}\n\nQuestion: {question}\nAnswer:" if lines else f"Question: {question}\nAnswer:"


def question(rng: random.Random, split: Split, count: int | None = None, style: str | None = None) -> Task:
    """One question over one to five facts."""
    context = facts(rng, split, count or rng.choices([1, 2, 3, 4, 5], [20, 20, 45, 8, 7])[0], style)
    gold = rng.choice(context)
    return Task([Span(_block(_texts(context), gold.question))], gold.answer, "question")


def interview(rng: random.Random, split: Split) -> Task:
    """Several questions over the same facts: more answers for each token that is read."""
    context = facts(rng, split, rng.choice([2, 3, 3, 4, 5]))
    return _asked(_texts(context), rng.sample(context, len(context)), "interview")


def _texts(context: list[Fact]) -> list[str]:
    return [fact.text for fact in context]


def _asked(lines: list[str], asked: list[Fact], kind: str) -> Task:
    spans = [Span(_block(lines, asked[0].question))]
    for previous, current in pairwise(asked):
        spans += [
            Span(" "),
            Span(previous.answer + "\n", answer=True),
            Span(f"\nQuestion: {current.question}\nAnswer:"),
        ]
    return Task(spans, asked[-1].answer, kind)


LOOKUP_LINES = (
    "K: V",
    "K: V",
    "K is V",
    "K has V",
    "K = V",
    "K - V",
    "K, V",
    "V for K",
    "K with V",
    "For K, V",
    "K gets V",
)
LOOKUP_QUESTIONS = ("K?", "K", "What is K?", "What about K?", "What is it for K?", "Which one has K?", "And K?")


def lookup(rng: random.Random, split: Split) -> Task:
    """Pairs of a key and a value, asked for one after the other: the shortest form of choosing among facts."""
    key, value = rng.choices(("name", "person", "thing", "place", "code", "phrase", "org", "device", "project"), k=2)
    value = rng.choice([value, "number", "quantity", "colour", "code", "clock"])
    line, ask = rng.choice(LOOKUP_LINES), rng.choice(LOOKUP_QUESTIONS)
    pairs: dict[str, str] = {}
    for _ in range(rng.choice([2, 3, 3, 4, 5, 6])):
        pairs[lexicon.KINDS[key](rng, split)] = lexicon.KINDS[value](rng, split)
    found = [Fact(_fill(line, {"K": k, "V": v}), _fill(ask, {"K": k}), v, k, line) for k, v in pairs.items()]
    lines = _texts(found) if rng.random() < 0.7 else [_joined(rng, [text.rstrip(".") for text in _texts(found)])]
    return _asked(lines, rng.sample(found, len(found)), "lookup")


def _joined(rng: random.Random, pieces: list[str]) -> str:
    """Pieces as one enumeration, such as `a, b and c.`"""
    comma, last = rng.choice([(", ", " and "), (", ", ", and "), ("; ", "; "), (", ", ", ")])
    return comma.join(pieces[:-1]) + last + pieces[-1] + "."


LISTING_OPENINGS = (
    "In S the ",
    "S: ",
    "S has ",
    "W of S: ",
    "The W in S are ",
    "W at S: ",
    "For the W of S, ",
    "S gives a W of ",
    "By W, S lists ",
    "In the W of S, ",
    "With S it is ",
    "The S W: ",
    "On W at S: ",
    "S keeps its W like this: ",
    "As to the W, S has ",
)
LISTING_PIECES = (
    "A is V",
    "A V",
    "the A V",
    "V for A",
    "V A",
    "V as A",
    "A at V",
    "A from V",
    "V is the A",
    "A after V",
    "V to A",
    "A with V",
    "V in A",
    "V for the A",
    "the A: V",
    "A on V",
    "every V for A",
    "V gets A",
    "up to V for A",
    "A has V",
    "V with A",
)
LISTING_QUESTIONS = (
    "What W has A in S?",
    "Which W is for A at S?",
    "How much is A in the W of S?",
    "When is A in S?",
    "Who is A at S?",
    "What is the W of A in S?",
    "At what time is A in S?",
    "In S, what is it for A?",
    "For A, which W does S give?",
    "What does S have for A?",
    "How long is the W for A at S?",
    "Which one goes with A in S?",
    "I need A in S, what is the W?",
    "Tell me the W for A in S.",
    "On which W is A at S?",
    "How many are there in the A of S?",
    "What do I get in S for A?",
    "Who or what is A in the W of S?",
    "At S, which W comes with A?",
    "How do I find A in S?",
    "After how much W comes A in S?",
    "What is written for A in S?",
    "The W of S for A, what is it?",
    "Because of A at S, what is the W?",
    "Up to what W can A be in S?",
)
"""How one sentence lists values under names (`A`) for a subject, and how it is asked about; `W` is any other word.

The last of each are for the probe."""

WORDS = tuple(
    sorted(
        {word for words in lexicon.TOPICS.values() for word in words}
        | set(lexicon.THINGS + lexicon.ANIMALS + lexicon.FOODS + lexicon.JOBS + lexicon.NOUNS + lexicon.INSTRUMENTS)
    )
)


def _listed_names(rng: random.Random, split: Split) -> list[str]:
    """Two to four different names, some with a word in common."""
    shared = rng.choice(["", "", "", rng.choice(lexicon.NOUNS), rng.choice(lexicon.THINGS)])
    roll, names = rng.random(), set[str]()
    for _ in range(rng.choice([2, 3, 3, 3, 4])):
        if shared:
            name = f"{rng.choice(lexicon.MODIFIERS + lexicon.COLOURS)} {shared}"
        elif roll < 0.25:
            name = lexicon.attribute(rng)
        elif roll < 0.45:
            name = lexicon.pseudo_word(rng, split=split)
        elif roll < 0.6:
            name = f"{rng.choice(['a', 'an', 'the', 'my'])} {rng.choice(WORDS)}"
        else:
            name = rng.choice(WORDS) + rng.choice(["", "s"])
        names.add(name)
    return rng.sample(sorted(names), len(names))


def listing(rng: random.Random, split: Split) -> Task:
    """Values of one kind in one sentence, told apart by the name that stands beside each of them."""
    subject = lexicon.KINDS[rng.choice(["place", "place", "nature", "org", "device", "project", "thing"])](rng, split)
    kind = rng.choice(["number", "quantity", "quantity", "clock", "code", "person", "name", "date", "colour", "job"])
    names, values = _listed_names(rng, split), set[str]()
    while len(values) < len(names):
        values.add(lexicon.KINDS[kind](rng, split))
    pairs = list(zip(names, rng.sample(sorted(values), len(values)), strict=True))
    slots = {"S": subject, "W": rng.choice(WORDS) + rng.choice(["", "s"])}
    piece = _pick(rng, LISTING_PIECES, split, 2)
    later = piece if rng.random() < 0.6 else "A V" if piece.find("A") < piece.find("V") else "V A"
    pieces = [_fill(later if at else piece, {"A": a, "V": v}) for at, (a, v) in enumerate(pairs)]
    text = _capital(_fill(_pick(rng, LISTING_OPENINGS, split, 2), slots) + _joined(rng, pieces))
    lines = [text] if rng.random() < 0.85 else [text, *_texts(facts(rng, split, 1))]
    rng.shuffle(lines)
    found = [
        Fact(text, _capital(_fill(_pick(rng, LISTING_QUESTIONS, split, 2), {"A": a, **slots})), v, subject, a)
        for a, v in pairs
    ]
    return _asked(lines, rng.sample(found, rng.randint(1, len(found))), "listing")


def closed_book(rng: random.Random, split: Split) -> Task:
    """A question without any fact."""
    return Task([Span(_block([], facts(rng, split, 1)[0].question))], UNKNOWN, "closed")


FIELDS: dict[str, tuple[str, str]] = {
    "colour": ("colour", "painted V|in V|its colour is V|a V one|the paint is V|V all over"),
    "weight": ("quantity", "it weighs V|a weight of V|V on the scales|weighing V|about V in weight"),
    "owner": ("person", "it belongs to V|owned by V|V is the owner|for V|the owner, V,"),
    "code": ("code", "the code is V|marked V|with code V|code V|V is written on it"),
    "shape": ("shape", "of V shape|it is V|a V shape|rather V|V in form"),
    "material": ("material", "made of V|the material is V|built from V|V was used|all V"),
    "author": ("person", "written by V|V wrote it|by V|the author is V|from the pen of V"),
    "room": ("number", "in room V|room V|the room number is V|you find it in room V|put it into room V"),
    "animal": ("animal", "with a V|there is a V|the animal is a V|a V came too|next to the V"),
    "height": ("quantity", "V high|a height of V|it is V tall|the height is V|V from foot to top"),
    "team": ("name", "for team V|the V team|team V|it is for the V team|V is the team"),
    "shelf": ("code", "on shelf V|shelf V|stored on shelf V|the shelf is V|look at shelf V"),
    "planet": ("name", "on planet V|from V|the planet is V|near the planet V|it comes from V"),
    "rank": ("number", "ranked V|rank V|with rank V|the rank is V|in place V"),
    "language": ("language", "in V|the language is V|spoken in V|they use V|V is the language"),
    "instrument": ("instrument", "playing the V|on the V|with a V|the instrument is a V|a V solo"),
    "year": ("year", "from V|in V|the year is V|dated V|since V"),
    "job": ("job", "works as a V|a V|V by trade|the job is V|hired as V"),
    "age": ("number", "V years old|aged V|age V|the age is V|now V"),
    "tool": ("thing", "using V|with V|take V|the tool is V|V is needed"),
    "route": ("place", "by way of V|through V|via V|the route is V|over V"),
    "start": ("clock", "starting at V|at V|from V|it begins at V|the start is V"),
}
"""Field name -> kind of value and the phrases that may carry it; the last phrase of each is kept for the probe."""

OPENINGS = (
    "Note:",
    "Hello,",
    "Dear all,",
    "New entry:",
    "Please record:",
    "As agreed,",
    "We got this:",
    "For the file:",
    "",
)
CLOSINGS = ("Thanks.", "That is all.", "Please confirm.", "Yours, V.", "", "", "", "See you.")


def extraction(rng: random.Random, split: Split) -> Task:
    """A message with two to four fields, to be given as compact JSON in the order asked for."""
    names = rng.sample(sorted(FIELDS), rng.choice([2, 3, 3, 4]))
    values = {name: lexicon.KINDS[FIELDS[name][0]](rng, split).removeprefix("the ") for name in names}
    stated = rng.sample(names, len(names))
    if rng.random() < 0.2:
        stated.append(rng.choice([name for name in FIELDS if name not in names]))
    pieces: list[str] = []
    for name in stated:
        value = values.get(name) or lexicon.KINDS[FIELDS[name][0]](rng, split)
        phrase = f"{name} V" if rng.random() < 0.15 else _pick(rng, tuple(FIELDS[name][1].split("|")), split)
        pieces.append(_fill(phrase, {"V": value}))
    glue = rng.choice([", ", ", ", ". ", "; ", " and ", ", and "])
    body = glue.join(pieces) + "."
    closing = _fill(rng.choice(CLOSINGS), {"V": lexicon.proper_name(rng, split)})
    text = " ".join(part for part in (rng.choice(OPENINGS), body, closing) if part)
    if not rng.random() < 0.5:
        text = _capital(text)
    answer = json.dumps({name: values[name] for name in names}, separators=(",", ":"), ensure_ascii=False)
    return Task([Span(f"Text: {text}\nFields: {', '.join(names)}\nJSON:")], answer, "extraction")


TOPIC_TEXTS = (
    "The A and the B.",
    "They spoke about the A, the B and C.",
    "A, B, C.",
    "I read about A and B today.",
    "A B C D",
    "Our A needs a new B.",
    "There was A near the B, but no C.",
    "We saw the A.",
    "Is the A with the B?",
)


def label_choice(rng: random.Random, split: Split) -> Task:
    """A short text and two to five labels, one of which is its topic."""
    labels = rng.sample(sorted(lexicon.TOPICS), rng.choice([2, 3, 3, 4, 5]))
    gold = rng.choice(labels)
    words = rng.sample(lexicon.TOPICS[gold], 4)
    text = _capital(_fill(rng.choice(TOPIC_TEXTS), dict(zip("ABCD", words, strict=True))))
    if rng.random() < 0.15:
        text = f"{text[:-1]} {gold}."
    return Task([Span(f"Text: {text}\nLabels: {', '.join(labels)}\nLabel:")], gold, "label")


def repetition(rng: random.Random, split: Split) -> Task:
    """Words to be said again."""
    kinds = ["phrase", "person", "code", "date", "quantity", "thing", "number", "clock"]
    text = " ".join(lexicon.KINDS[rng.choice(kinds)](rng, split) for _ in range(rng.randint(1, 8)))
    return Task([Span(f"Repeat: {text}")], text, "repeat")


def few_shot(rng: random.Random, split: Split) -> Task:
    """One to three solved blocks of one kind before the block to be solved."""
    make = rng.choice([question, question, extraction, label_choice])
    spans: list[Span] = []
    for _ in range(rng.randint(1, 3)):
        shot = make(rng, split)
        spans += [*shot.user, Span(" "), Span(shot.answer, answer=True), Span("\n\n")]
    last = make(rng, split)
    return Task([*spans, *last.user], last.answer, "few_shot")


MAKERS = {
    "lookup": lookup,
    "listing": listing,
    "question": question,
    "interview": interview,
    "closed": closed_book,
    "extraction": extraction,
    "label": label_choice,
    "repeat": repetition,
    "few_shot": few_shot,
}

EARLY = {
    "lookup": 37,
    "listing": 8,
    "interview": 27,
    "question": 5,
    "extraction": 13,
    "label": 2,
    "repeat": 7,
    "closed": 1,
    "few_shot": 0,
}
LATE = {
    "lookup": 6,
    "listing": 10,
    "interview": 22,
    "question": 36,
    "extraction": 19,
    "label": 2,
    "repeat": 2,
    "closed": 2,
    "few_shot": 1,
}
"""Share of each kind, in per cent, at the start and at the end of the mix."""


def draw(rng: random.Random, progress: float, split: Split = "train") -> Task:
    """A task of the mix; `progress` in [0, 1] moves from the early shares to the late ones."""
    shares = [EARLY[kind] + (LATE[kind] - EARLY[kind]) * progress for kind in MAKERS]
    return rng.choices(list(MAKERS.values()), shares)[0](rng, split)
