"""Pages of OpenAI's usage and costs APIs: an envelope of buckets of time, each with results, which are the rows.

The shape is that of https://developers.openai.com/api/reference/resources/organization (usage, completions; costs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from rung.accounting.reading.rows import Row


@dataclass(frozen=True, slots=True)
class PageEnd:
    """Where a page ends, and whether it says that there are more.

    Args:
        where: `file:line`.
        start: of its first bucket, None where it has none.
        end: of its last bucket.
        has_more: whether it says so.
    """

    where: str
    start: Any
    end: Any
    has_more: bool


def is_page(value: Mapping[str, Any]) -> bool:
    """Whether an object is the envelope of a page."""
    return value.get("object") == "page" and "data" in value


def rows_of_page(where: str, page: Mapping[str, Any]) -> Iterator[Row]:
    """The results of a page, each with the time of its bucket."""
    buckets = page["data"]
    if not isinstance(buckets, list):
        yield Row(where, broken="the data of a page is a list of buckets")
        return
    for place, bucket in enumerate(cast("list[Any]", buckets)):
        yield from _results(f"{where} data[{place}]", bucket)


def _results(where: str, bucket: Any) -> Iterator[Row]:
    results: Any = cast("Mapping[str, Any]", bucket).get("results") if isinstance(bucket, dict) else None
    if not isinstance(results, list):
        yield Row(where, broken="a bucket without its list of results")
        return
    times = {name: cast("Mapping[str, Any]", bucket).get(name) for name in ("start_time", "end_time")}
    for place, result in enumerate(cast("list[Any]", results)):
        inside = f"{where}.results[{place}]"
        if isinstance(result, dict):
            yield Row(inside, {**times, **cast("dict[str, Any]", result)})
        else:
            yield Row(inside, broken=f"an object is expected, not {type(result).__name__}")


def page_end(where: str, page: Mapping[str, Any]) -> PageEnd:
    """Where a page begins and ends, and whether more follows."""
    buckets = cast("list[Any]", page["data"] if isinstance(page["data"], list) else [])
    known = [cast("Mapping[str, Any]", bucket) for bucket in buckets if isinstance(bucket, dict)]
    start, end = (known[0].get("start_time"), known[-1].get("end_time")) if known else (None, None)
    return PageEnd(where, start, end, page.get("has_more") is True)


def more_notes(pages: Iterable[PageEnd]) -> tuple[str, ...]:
    """A sentence for the pages after which more is to come that no other page holds."""
    every = list(pages)
    starts = [page.start for page in every if page.start is not None]
    open_ends = [page.where for page in every if page.has_more and page.end not in starts]
    if not open_ends:
        return ()
    told = ", ".join(open_ends[:3]) + (", ..." if len(open_ends) > 3 else "")
    missing = "what came later is not in the account; save the next pages too, asking with page=next_page"
    return (f"{told} says has_more: {missing}",)
