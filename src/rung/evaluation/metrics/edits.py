"""Word error rate."""

from __future__ import annotations

from collections.abc import Sequence

from rung.evaluation.metrics.overlap import bit_places


def word_accuracy(answer: str, reference: str) -> float:
    """1 - min(1, word error rate); words are what white space separates, as written (case and punctuation count)."""
    return 1 - min(1.0, word_error_rate(answer, reference))


def word_error_rate(answer: str, reference: str) -> float:
    """Substitutions, deletions and insertions / words of the reference; 0 or more, above 1 when much is inserted.

    As jiwer with its default transforms. With an empty reference: 0 for an empty answer, else the count of its words.
    """
    errors, wanted = word_errors(answer, reference)
    return errors / max(1, wanted)


def word_errors(answer: str, reference: str) -> tuple[int, int]:
    """Errors, and words of the reference; summed over a data set they give its word error rate."""
    got, wanted = answer.split(), reference.split()
    return edit_distance(got, wanted), len(wanted)


def edit_distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Least substitutions, deletions and insertions between two sequences.

    One column of the table is two integers of bits. Source: Myers 1999, in the form of Hyyro 2003.
    """
    if len(left) > len(right):
        left, right = right, left
    if not left:
        return len(right)
    places, full, last = bit_places(left), (1 << len(left)) - 1, 1 << (len(left) - 1)
    plus, minus, distance = full, 0, len(left)
    for token in right:
        equal = places.get(token, 0)
        across = (((equal & plus) + plus) ^ plus) | equal
        up, down = minus | (full & ~(across | plus)), plus & across
        distance += bool(up & last) - bool(down & last)
        up, down = (up << 1 | 1) & full, (down << 1) & full
        diagonal = equal | minus
        plus, minus = down | (full & ~(diagonal | up)), up & diagonal
    return distance
