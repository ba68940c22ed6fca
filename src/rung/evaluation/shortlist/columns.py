"""Which column of a table is meant by a word, and how its numbers are to be read."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rung.errors import BadData, BadInput
from rung.evaluation.shortlist.amounts import UNITS, Amount, Written, exactly, rounded, written
from rung.evaluation.shortlist.cells import is_unknown
from rung.evaluation.shortlist.tables import ModelTable

Concept = Literal["model", "parameters", "active parameters", "context", "license", "language"]

_NAMES: Final[dict[Concept, str]] = {
    "model": "model name modelname modelid id fullname system systemname modelidentifier",
    "parameters": "parameters params parameter param size modelsize nparams nparameters numparams numparameters "
    "parametercount paramcount paramscount totalparams totalparameters parametersize paramssize safetensorstotal",
    "active parameters": "activeparameters activeparams activated activatedparams activatedparameters",
    "context": "context contextlength contextwindow contextsize contexttokens contextlen maxcontext maxcontextlength "
    "maxpositionembeddings npositions ctx ctxlen ctxlength seqlen seqlength sequencelength maxseqlen maxsequencelength "
    "modelmaxlength maxinputtokens inputcontext",
    "license": "license licence licenses licences hublicense licensename modellicense",
    "language": "language languages lang langs supportedlanguages languagecode",
}
_CONCEPTS: Final[dict[str, Concept]] = {name: concept for concept, names in _NAMES.items() for name in names.split()}
SIZES: Final = ("parameters", "active parameters")
_FEW: Final = 1e4
"""No generative model has fewer parameters, and none has as many billions: plain numbers below it are billions."""
_NO_DOLLARS: Final = {"kg", "g", "kwh", "wh", "j", "s", "ms", "seconds", "gb", "mb", "eur", "gbp", "€", "£"}
_SCALE_NAMES: Final = {1e3: "thousands", 1e6: "millions", 1e9: "billions", 1e12: "trillions"}
_MOST_LISTED: Final = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and how it is read.

    Args:
        asked: the word in the need.
        name: as it stands in the table.
        concept: what it is about, where that is known.
        scale: what a number without a unit is multiplied by.
        asked_scale: the same for a number in a need; None: as the number's size tells.
        percent: whether its numbers are percentages.
        reading: the scale in words; empty for numbers as they stand.
    """

    asked: str
    name: str
    concept: Concept | None
    scale: float
    asked_scale: float | None
    percent: bool
    reading: str

    def amount(self, cell: Any) -> Amount | None:
        """The number of a cell in the column's unit; None where there is none, or a size that is not above 0."""
        found = None if is_unknown(cell) else written(cell)
        if found is None or (self.concept in SIZES and found.value <= 0):
            return None
        return self._amount(found, self.scale)

    def wanted(self, number: Written) -> Amount:
        """The number of a need in the column's unit.

        Raises:
            BadInput: its unit is none of this column.
        """
        if (number.percent or number.usd) and (self.concept in SIZES or self.concept == "context"):
            unit = "%" if number.percent else "USD"
            raise BadInput(f"{self.asked}: {unit} is no unit of {self.concept}", mend="write 7B, 350M, 8k or 8192")
        if number.usd and _NO_DOLLARS & {*words(self.name), *re.findall("[€£]", self.name)}:
            raise BadInput(f"{self.asked}: {self.name!r} is not in USD", mend="name a column of prices in USD")
        if number.percent and not self.percent:
            return exactly(number.value / 100)
        scale = self.asked_scale
        if scale is None:
            scale = 1e9 if self.concept in SIZES and abs(number.value) < _FEW else 1.0
        return self._amount(number, scale)

    def _amount(self, number: Written, scale: float) -> Amount:
        own = number.scale if number.scale != 1 else scale
        value = number.value if number.scale != 1 else number.value * scale
        return rounded(value, own) if self.concept == "context" else exactly(value)


def find_column(table: ModelTable, asked: str) -> Column:
    """The column that a word means: by its name, its spelling, its subject (`size` is `#Params (B)`), or its words.

    Raises:
        BadInput: no column is meant, or several are; the columns are listed.
        BadData: its numbers are of two scales.
    """
    columns = table.columns
    tiers = (
        [name for name in columns if name == asked],
        [name for name in columns if _joined(name) == _joined(asked)],
        [name for name in columns if concept_of(asked) is not None and concept_of(name) == concept_of(asked)],
        [name for name in columns if words(asked) and set(words(asked)) <= set(words(name))],
    )
    found = tiers[0] or tiers[1] or tiers[2] or tiers[3]
    if len(found) == 1:
        return _read(table, asked, found[0], own_words=bool(tiers[0] or tiers[1]))
    listed = ", ".join(columns[:_MOST_LISTED]) + (", ..." if len(columns) > _MOST_LISTED else "")
    if found:
        raise BadInput(f"{table.path}: {asked!r} may be {' or '.join(map(repr, found))}", mend="name one of them")
    near = difflib.get_close_matches(asked, columns, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise BadInput(f"{table.path}: no column for {asked!r}", mend=f"{hint}the columns are: {listed}")


def concept_of(name: str) -> Concept | None:
    """What a column is about, by its name or the last part of it; None where that is not known."""
    for text in (name, name.rpartition(".")[2]):
        parts = words(text)
        for spelling in ("".join(parts), "".join(parts[:-1]) if _unit(text) else ""):
            if spelling in _CONCEPTS:
                return _CONCEPTS[spelling]
    return None


def words(name: str) -> tuple[str, ...]:
    """The words of a column's name: `#Params (B)` is params, b; `maxPositionEmbeddings` is three."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return tuple(re.findall(r"[^\W_]+", apart.casefold()))


def _joined(name: str) -> str:
    return "".join(words(name)) or name.strip().casefold()


def _unit(name: str) -> float | None:
    """The scale that the last word of a name tells: 1e9 in `params_b`."""
    parts = words(name)
    return UNITS.get(parts[-1]) if len(parts) > 1 else None


def _read(table: ModelTable, asked: str, name: str, *, own_words: bool) -> Column:
    """How the numbers of a column are to be read; by its name, else by all of its cells."""
    concept = concept_of(name)
    held = [row.cells.get(name) for row in table.rows]
    found = [one for one in map(written, (cell for cell in held if not is_unknown(cell))) if one is not None]
    if concept in SIZES or concept == "context":
        scale, reading = _scale(table, name, concept, found)
        asked_scale = scale if own_words and _unit(name) else None
        return Column(asked, name, concept, scale, asked_scale, percent=False, reading=reading)
    if concept is not None:
        return Column(asked, name, concept, 1.0, None, percent=False, reading="")
    told, percent = _percent(table, name, found)
    return Column(asked, name, None, 1.0, None, percent=percent, reading="in percent" if told else "")


def _scale(table: ModelTable, name: str, concept: str, found: Sequence[Written]) -> tuple[float, str]:
    told = _unit(name)
    if told is not None:
        return told, f"in {_SCALE_NAMES[told]}"
    plain = [one.value for one in found if one.scale == 1 and one.value > 0]
    if concept == "context" or not plain or min(plain) >= _FEW:
        return 1.0, ""
    if max(plain) < _FEW:
        return 1e9, f"in billions: the largest number is {max(plain):g}"
    raise BadData(
        f"{table.path}: {name!r} has numbers like {min(plain):g} and like {max(plain):g}: billions and single ones",
        mend="write all with a unit (7B, 350M), or all in one",
    )


def _percent(table: ModelTable, name: str, found: Iterable[Written]) -> tuple[bool, bool]:
    """Whether the name or a cell says that numbers are percentages; and whether they are (above 1, none above 100)."""
    marked = [one for one in found if one.percent]
    plain = [one.value for one in found if not one.percent]
    told = "%" in name or "percent" in words(name)
    if marked and not told and plain and 0 < max(plain) <= 1:
        raise BadData(
            f"{table.path}: {name!r} has percentages and numbers up to 1", mend="write all with %, or all as shares"
        )
    told = told or bool(marked)
    return told, told or (bool(plain) and 1 < max(plain) <= 100)
