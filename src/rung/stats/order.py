"""One seeded order of the items, the same on every platform and for every version of Python and numpy."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b


def seeded_order(ids: Sequence[str], seed: int) -> list[int]:
    """Positions of `ids` in the seeded order.

    Items are sorted by BLAKE2b(seed, id): the order depends on the seed and the ids alone, not on the order of the
    file, and the items of a subset keep their relative order.

    Args:
        ids: unique names.
        seed: any integer.
    """
    prefix = f"{seed}\x1f".encode()
    keys = [blake2b(prefix + name.encode("utf-8", "surrogatepass"), digest_size=16).digest() for name in ids]
    return sorted(range(len(ids)), key=lambda place: (keys[place], ids[place]))
