"""The rating pages over HTTP, in process: what is refused, what is escaped, what is kept."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from rung.evaluation.people import Plan, RatingStore, create_study, make_study
from rung.evaluation.records import EvalItem, Response

pytest.importorskip("starlette", reason="the extra `people` is not installed")

from rung.server.rating import rating_app


class Client:
    """Requests to an app in process; redirects are not followed."""

    def __init__(self, app: Any) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._send("GET", path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._send("POST", path, **options))

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://rate") as client:
            return await client.request(method, path, **options)


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} \" ' &amp;"


def made(
    folder: Path, kind: str = "comparison-choice", *, instructions: str = "", count: int = 3
) -> tuple[Client, list[str]]:
    """A client, and the pages of two raters."""
    every = [EvalItem(f"q{n}", f"{HOSTILE} {n}", (HOSTILE,)) for n in range(count)]
    answers = {
        i.id: {"alpha": Response(i.id, "alpha", HOSTILE), "beta": Response(i.id, "beta", "", error="timeout")}
        for i in every
    }
    study = make_study("toy", Plan(kind, "m", "Which?", instructions, 2, 2, 0), every, answers)
    tokens = create_study(folder / "r.db", study)
    client = Client(rating_app(RatingStore(folder / "r.db")))
    return client, [f"/r/{token}" for token in tokens]


@pytest.fixture
def site(tmp_path: Path) -> tuple[Client, list[str]]:
    return made(tmp_path)


ANSWERS = {
    "thumbs": {"A": "1", "B": "0"},
    "likert": {"A": "5", "B": "1"},
    "comparison-likert": {"choice": "2"},
    "comparison-choice": {"choice": "tie"},
    "ranking": {"A": "1", "B": "1"},
}


@pytest.mark.capability("rate", verified="real")
@pytest.mark.parametrize("kind", ANSWERS)
def test_from_the_link_to_the_end(tmp_path: Path, kind: str):
    client, (home, _) = made(tmp_path, kind)
    start = client.get(f"{home}/")
    assert start.status_code == 200
    assert "0 of 3 rated" in start.text
    where = re.search(r'id="go" href="([^"]+)"', start.text)
    assert where is not None
    page = where[1]
    for _ in range(3):
        assert client.get(page).status_code == 200
        sent = client.post(page, data=ANSWERS[kind])
        assert sent.status_code == 303
        page = sent.headers["location"]
    assert page == f"{home}/done"
    assert "All is rated" in client.get(page).text
    assert client.post(f"{home}/finish").headers["location"] == "/thanks"
    assert "Thank you" in client.get("/thanks").text
    assert len(RatingStore(tmp_path / "r.db").ratings()) == 3
    for path in ("/", "/1", "/done"):
        assert client.get(home + path).status_code == 410, "a link that is used up"
    assert client.post(f"{home}/1", data=ANSWERS[kind]).status_code == 410


def test_what_texts_smuggle_in_is_inert(site: tuple[Client, list[str]]):
    client, (home, _) = site
    page = client.get(f"{home}/1")
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert "{{ 7*7 }}" in page.text
    assert "The system gave no response." in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    addresses = re.findall(r'(?:src|href|action|hx-post)="([^"]*)"', page.text)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)


def test_no_page_names_a_system(site: tuple[Client, list[str]]):
    client, (home, _) = site
    for path in ("/", "/1", "/2", "/done"):
        text = client.get(home + path).text
        assert "alpha" not in text
        assert "beta" not in text


def test_instructions_are_markdown_without_html_pictures_or_scripts(tmp_path: Path):
    words = "# Be fair\n\n**Read** all. <b>raw</b> ![x](http://evil/x.png) [go](javascript:alert(1)) [ok](https://example.org)"
    client, (home, _) = made(tmp_path, instructions=words)
    text = client.get(f"{home}/").text
    assert "<strong>Read</strong>" in text
    assert "<b>raw" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert 'href="https://example.org"' in text


@pytest.mark.parametrize("path", ["", "/", "/1", "/done"])
def test_a_forged_link_is_refused(site: tuple[Client, list[str]], path: str):
    client, (home, _) = site
    forged = home[:-1] + ("A" if home[-1] != "A" else "B")
    for token in (forged, home[:-4], "/r/x", "/r/%00", "/r/" + "a" * 5000, home.swapcase().replace("/R/", "/r/")):
        found = client.get(token + path)
        assert found.status_code == 403
        assert "This link is not valid" in found.text


def test_another_studys_link_is_refused(tmp_path: Path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    client, _ = made(tmp_path / "one")
    _, (foreign, _) = made(tmp_path / "two")
    assert client.get(f"{foreign}/1").status_code == 403
    assert client.post(f"{foreign}/1", data={"choice": "A"}).status_code == 403
    assert RatingStore(tmp_path / "one" / "r.db").ratings() == []


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("", 400),
        ("choice=C", 400),
        ("choice=A&choice=B", 400),
        ("choice=A&rater=2", 400),
        ("choice=%ff", 400),
        ("choice=%FF%FE", 400),
        ("&".join(f"x{n}=1" for n in range(60)), 400),
        ("choice=A&comment=" + "x" * 2001, 413),
        ("choice=A&comment=" + "x" * 100_000, 413),
        ("\udcff", 400),
    ],
)
def test_forms_that_are_none_of_ours_are_refused(tmp_path: Path, content: str, status: int):
    client, (home, _) = made(tmp_path)
    found = client.post(f"{home}/1", content=content.encode("utf-8", "surrogateescape"))
    assert found.status_code == status
    assert "<h1>" in found.text
    assert RatingStore(tmp_path / "r.db").ratings() == []


def test_what_was_chosen_stays_when_something_is_missing(tmp_path: Path):
    client, (home, _) = made(tmp_path, "likert")
    found = client.post(f"{home}/1", data={"A": "4", "comment": "half"})
    assert found.status_code == 400
    assert "Please rate B too." in found.text
    assert re.search(r'name="A" value="4"[^>]* checked', found.text)
    assert "half</textarea>" in found.text


def test_a_form_of_another_site_is_refused(site: tuple[Client, list[str]]):
    client, (home, _) = site
    for origin in ("cross-site", "same-site"):
        assert client.post(f"{home}/1", data={"choice": "A"}, headers={"sec-fetch-site": origin}).status_code == 403


def test_sent_twice_is_kept_once_and_a_change_is_kept_with_what_was(tmp_path: Path):
    client, (home, _) = made(tmp_path)
    for choice in ("A", "A", "B"):
        assert client.post(f"{home}/1", data={"choice": choice}).status_code == 303
    (rating,) = RatingStore(tmp_path / "r.db").ratings()
    assert rating.answer == {"choice": "B"}
    assert len(rating.earlier) == 1
    assert re.search(r'value="B"[^>]* checked', client.get(f"{home}/1").text)


def test_finishing_early_is_not_possible(tmp_path: Path):
    client, (home, _) = made(tmp_path)
    client.post(f"{home}/2", data={"choice": "A"})
    assert client.post(f"{home}/finish").headers["location"] == f"{home}/done"
    assert "Almost done" in client.get(f"{home}/done").text
    assert client.get(f"{home}/finish").status_code == 405


@pytest.mark.parametrize("path", ["/nowhere", "/static/secret", "/static/..%2fapp.py", "/static/htmx.LICENSE.txt"])
def test_other_pages_are_not_there(site: tuple[Client, list[str]], path: str):
    assert site[0].get(path).status_code == 404


@pytest.mark.parametrize("path", ["/0", "/4", "/99999999999999999999", "/" + 5000 * "9", "/-1", "/x"])
def test_places_that_a_rater_does_not_have(site: tuple[Client, list[str]], path: str):
    client, (home, _) = site
    assert client.get(home + path).status_code == 404
    assert client.post(home + path, data={"choice": "A"}).status_code in (404, 405)


@pytest.mark.capability("rate-durable", verified="real")
def test_a_file_that_cannot_be_written_is_told_and_nothing_is_said_to_be_saved(tmp_path: Path):
    client, (home, _) = made(tmp_path)
    (tmp_path / "r.db").write_bytes(b"broken " * 2000)
    for name in ("r.db-wal", "r.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    found = client.post(f"{home}/1", data={"choice": "A"})
    assert found.status_code == 503
    assert "It could not be saved" in found.text
    assert "content-security-policy" in found.headers
