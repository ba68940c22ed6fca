from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rung.errors import BadInput
from rung.evaluation.shortlist import Need, parse_needs
from rung.evaluation.shortlist.amounts import Amount, Written, written
from rung.evaluation.shortlist.cells import holds, same_text
from rung.evaluation.shortlist.languages import same_language
from rung.evaluation.shortlist.licences import same_licence

pytestmark = pytest.mark.capability("shortlist", verified="real")

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(lambda text: text.strip() != "")
EQUAL = st.builds(Need, TEXTS, st.sampled_from(["=", "!="]), st.lists(TEXTS, min_size=1, max_size=3).map(tuple))
ORDERED = st.builds(Need, TEXTS, st.sampled_from([">=", "<=", ">", "<"]), st.tuples(TEXTS))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
AMOUNTS = st.tuples(NUMBERS, NUMBERS).map(lambda ends: Amount(min(ends), max(ends)))


@given(st.lists(EQUAL | ORDERED, min_size=1, max_size=4))
def test_what_is_printed_is_what_was_read(needs: list[Need]):
    assert parse_needs(",".join(map(str, needs))) == tuple(needs)


@given(st.text() | st.text('ab="|,<>!\\ 8k'))
def test_any_text_is_needs_or_one_error(text: str):
    with contextlib.suppress(BadInput):
        found = parse_needs(text)
        assert found
        assert parse_needs(",".join(map(str, found))) == found


def test_the_example_of_the_guide():
    assert parse_needs("license=apache,language = de|fr , context>=8k") == (
        Need("license", "=", ("apache",)),
        Need("language", "=", ("de", "fr")),
        Need("context", ">=", ("8k",)),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("license", "has no ="),
        ("license=", "is empty"),
        ("=apache", "has no column"),
        ("a=1,,b=2", "nothing before or after ','"),
        ("a=b|", "nothing before or after '|'"),
        ("a=>3", "compares twice"),
        ("1<a<3", "compares twice"),
        ("size<7b|13b", "alternatives with <"),
        ('name="open', "quote that does not end"),
        ("context>=8,192", "'192' has no ="),
        ("a!b=3", "has no column"),
    ],
)
def test_malformed(text: str, problem: str):
    with pytest.raises(BadInput) as caught:
        parse_needs(text)
    assert problem in caught.value.problem


def test_thousands_separators_are_named():
    with pytest.raises(BadInput) as caught:
        parse_needs("context>=8,192")
    assert "without commas" in caught.value.mend


@given(AMOUNTS, AMOUNTS)
def test_of_two_amounts_exactly_one_relation_holds(one: Amount, other: Amount):
    assert [one.below(other), one.above(other), one.same(other)].count(True) == 1
    assert one.below(other) == other.above(one)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8k", 8e3),
        ("128K tokens", 128e3),
        ("7B", 7e9),
        ("1.5 m", 1.5e6),
        ("350M", 350e6),
        ("1,234,567", 1234567),
        ("$0.15", 0.15),
        ("0.15 USD", 0.15),
        ("1e-3", 1e-3),
        ("80%", 80),
        ("-2", -2),
        (".5", 0.5),
        ("30B-A3B", 30e9),
        (8192, 8192),
    ],
)
def test_numbers_as_people_write_them(text: str | int, value: float):
    found = written(text)
    assert found is not None
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["", "8q", "nan", "inf", "1e999", "8x7B", "1,5", "€3", "seven", "7b7", "٣", float("nan"), True, None, 10**400],
)
def test_no_numbers(text: object):
    assert written(text) is None


@given(NUMBERS)
def test_a_number_reads_back(value: float):
    assert written(repr(value)) == Written(value)
    assert math.isfinite(value)


@pytest.mark.parametrize(
    ("wanted", "held", "same"),
    [
        ("apache", "apache-2.0", True),
        ("apache-2.0", "Apache License 2.0", True),
        ("apache-2", "Apache License, Version 2.0", True),
        ("apache", "Apache Software License", True),
        ("apache-2.0", "apache", None),
        ("apache-1.1", "apache-2.0", False),
        ("mit", "MIT License", True),
        ("mit", "limited", False),
        ("gpl", "lgpl-3.0", False),
        ("gpl", "GNU General Public License v3", True),
        ("gpl-3.0", "gpl-2.0", False),
        ("agpl", "gpl-3.0", False),
        ("cc-by", "cc-by-4.0", True),
        ("cc-by", "cc-by-nc-4.0", False),
        ("cc-by-nc", "Creative Commons Attribution-NonCommercial 4.0 International", True),
        ("llama", "Llama 3.1 Community License Agreement", True),
        ("llama3.1", "llama3", False),
        ("bsd", "bsd-3-clause", True),
        ("mit", "other", None),
        ("other", "other", True),
    ],
)
def test_licences_go_by_family_and_version(wanted: str, held: str, same: bool | None):
    assert same_licence(wanted, held) is same


@pytest.mark.parametrize(
    ("wanted", "held", "same"),
    [
        ("de", "German", True),
        ("de", "deu", True),
        ("German", "de", True),
        ("Deutsch", "ger", True),
        ("de", "de-AT", True),
        ("pt-BR", "pt-br", True),
        ("pt-BR", "pt-PT", False),
        ("pt-BR", "pt", None),
        ("zh", "Chinese", True),
        ("no", "nb", True),
        ("de", "multilingual", None),
        ("de", "en", False),
        ("de", "de-luxe-model", True),
        ("klingon", "Klingon", True),
        ("klingon", "de", False),
    ],
)
def test_languages_go_by_code_and_name(wanted: str, held: str, same: bool | None):
    assert same_language(wanted, held) is same


@pytest.mark.parametrize(
    ("wanted", "cell", "found"),
    [
        ("de", "en, de", True),
        ("de", "en/de", True),
        ("de", "['en', 'de']", True),
        ("de", ["en", "de"], True),
        ("de", "en;fr", False),
        ("org/model", "org/model", True),
        ("*model", "org/model-7b", False),
        ("*model*", "ORG/Model-7b", True),
        ("a*b*a", "aba", True),
        ("a*a", "a", False),
        ("true", True, True),
        ("de", "", None),
        ("de", float("nan"), None),
        ("de", [], None),
    ],
)
def test_cells_of_one_or_several_texts(wanted: str, cell: object, found: bool | None):
    assert holds(wanted, cell, same_text) is found
