"""The ledger keeps everything once, changes nothing, and forgets texts for good."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rung.errors import BadLedger
from rung.ledger import SCHEMA_VERSION, Blobs, Ledger, NewEvent
from rung.ledger.schema import MIGRATIONS


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger(tmp_path / "ledger.db", owner={"team": "search", "cost_center": "42"}) as ledger:
        yield ledger


def test_an_event_comes_back_as_it_was_with_its_owner(ledger: Ledger):
    assert ledger.append("r1", [NewEvent("trial", {"score": 0.5, "text": "ünï"}, key="a/b")]) == 1
    (event,) = ledger.events(run="r1")
    assert (event.kind, event.key, event.body) == ("trial", "a/b", {"score": 0.5, "text": "ünï"})
    assert event.owner == {"team": "search", "cost_center": "42", "environment": None}


@pytest.mark.capability("ledger", verified="real")
@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.one_of(st.none(), st.sampled_from("xyz"))), max_size=30))
def test_an_event_with_a_key_is_never_counted_twice(
    tmp_path_factory: pytest.TempPathFactory, seen: list[tuple[str, str | None]]
):
    with Ledger(tmp_path_factory.mktemp("l") / "ledger.db") as ledger:
        for kind, key in seen:
            ledger.append("r", [NewEvent(kind, {}, key=key)])
        keyed = {(k, key) for k, key in seen if key is not None}
        unkeyed = sum(key is None for _, key in seen)
        assert len(list(ledger.events())) == len(keyed) + unkeyed


def test_an_append_is_all_or_nothing(ledger: Ledger):
    with pytest.raises(ValueError, match=r"NaN|Out of range"):
        ledger.append("r", [NewEvent("a", {}), NewEvent("b", {"x": float("nan")})], texts=["kept?"])
    assert list(ledger.events()) == []
    assert ledger.blobs.get(Blobs.hash_of("kept?")) is None


@pytest.mark.capability("ledger", verified="real")
@pytest.mark.parametrize("statement", ["UPDATE events SET body = '{}'", "DELETE FROM events"])
def test_events_cannot_be_changed_or_removed(ledger: Ledger, statement: str):
    ledger.append("r", [NewEvent("a", {"x": 1})])
    db = sqlite3.connect(ledger.path)
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        db.execute(statement)
    db.close()
    assert [e.body for e in ledger.events()] == [{"x": 1}]


@pytest.mark.capability("forget", verified="real")
def test_a_forgotten_text_is_gone_from_the_files_and_its_hash_stays(ledger: Ledger, tmp_path: Path):
    secret = "card 4111 1111 1111 1111 of Maria"
    digest = Blobs.hash_of(secret)
    ledger.append("r", [NewEvent("trial", {"answer": digest})], texts=[secret, "something else"])
    raw = zlib_of(secret)
    assert ledger.blobs.containing("maria") == [digest]
    assert ledger.blobs.forget([digest]) == 1
    assert ledger.blobs.get(digest) is None
    assert ledger.blobs.get(Blobs.hash_of("something else")) == "something else"
    assert [e.body["answer"] for e in ledger.events()] == [digest]
    for file in tmp_path.iterdir():
        assert raw not in file.read_bytes(), file.name


def zlib_of(text: str) -> bytes:
    import zlib

    return zlib.compress(text.encode(), 6)


@pytest.mark.capability("ledger", verified="real")
def test_a_ledger_of_schema_1_is_migrated_and_keeps_its_events(tmp_path: Path):
    path = tmp_path / "old.db"
    db = sqlite3.connect(path)
    db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
    db.execute("INSERT INTO events (at, run, kind, body) VALUES ('2026-01-01', 'r', 'trial', '{\"x\": 1}')")
    db.commit()
    db.close()
    with Ledger(path) as ledger:
        assert [e.body for e in ledger.events()] == [{"x": 1}]
        assert ledger.append("r", [NewEvent("trial", {})]) == 1
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    db.close()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.write_bytes(b"this is no database at all" * 99), "not a ledger"),
        (lambda p: _execute(p, "CREATE TABLE mine (x)"), "some other SQLite file"),
        (lambda p: _execute(p, "PRAGMA user_version = 99"), "schema 99"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_was(
    tmp_path: Path, make: Callable[[Path], object], says: str
):
    path = tmp_path / "x.db"
    make(path)
    before = path.read_bytes()
    with pytest.raises(BadLedger, match=says) as caught:
        Ledger(path)
    assert caught.value.mend
    assert path.read_bytes() == before


def _execute(path: Path, statement: str) -> None:
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()


@pytest.mark.capability("ledger", verified="real")
def test_a_killed_writer_loses_nothing_that_was_committed(tmp_path: Path):
    path = tmp_path / "ledger.db"
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from rung.ledger import Ledger, NewEvent
        ledger = Ledger(Path(sys.argv[1]))
        for n in range(50):
            ledger.append("r", [NewEvent("trial", {"n": n}, key=str(n))])
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -9
    with Ledger(path) as ledger:
        assert [e.body["n"] for e in ledger.events()] == list(range(50))
        assert ledger.verify() == []


def test_two_writers_at_once_lose_and_double_nothing(tmp_path: Path):
    path = tmp_path / "ledger.db"
    script = (
        "import sys; from pathlib import Path; from rung.ledger import Ledger, NewEvent\n"
        "l = Ledger(Path(sys.argv[1]))\n"
        "for n in range(100): l.append(sys.argv[2], [NewEvent('t', {}, key=str(n)), NewEvent('own', {})])\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in "ab"]
    assert [w.wait(60) for w in writers] == [0, 0]
    with Ledger(path) as ledger:
        assert ledger.counts() == {"own": 200, "t": 100}
        assert ledger.runs() == ["a", "b"] or ledger.runs() == ["b", "a"]
