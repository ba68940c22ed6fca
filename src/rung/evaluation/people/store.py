"""Making a study's file, asking it, and adding ratings: each is committed before the rater is answered."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from rung.errors import BadInput, NoSuch
from rung.evaluation.people.kinds import Kind, kind_named
from rung.evaluation.people.records import Rater, RaterCount, Rating, Shown, StudyInfo
from rung.evaluation.people.schema import APPLICATION, TABLES, VERSION, connected, is_study
from rung.evaluation.people.study import Plan, Study
from rung.types import Message

Saved = Literal["new", "changed", "same", "finished"]


def create_study(path: Path, study: Study) -> list[str]:
    """Write a study into a new file.

    Returns:
        the raters' tokens, first rater first: 192 random bits each. Only their SHA-256 is kept, so they are told once.

    Raises:
        BadInput: there is a study already, or the file cannot be written.
    """
    if is_study(path):
        raise BadInput(f"{path} holds a study already", mend="name another file by --db")
    tokens = [secrets.token_urlsafe(24) for _ in range(study.plan.raters)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # it holds what people say: for its owner alone
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    with connected(path, "write") as db:
        for statement in TABLES.split(";\nCREATE"):
            db.execute(statement if statement.lstrip().startswith("CREATE") else f"CREATE{statement}")
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        _fill(db, study, tokens)
    return tokens


def _fill(db: sqlite3.Connection, study: Study, tokens: list[str]) -> None:
    plan = json.dumps(asdict(study.plan))
    made = (study.digest, study.name, plan, _now())
    db.execute("INSERT INTO study (only_one, digest, name, plan, made_at) VALUES (1, ?, ?, ?, ?)", made)
    db.executemany(
        "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
        (
            (i.id, i.input, json.dumps([asdict(m) for m in i.earlier]), "\n".join(i.references) or None, i.category)
            for i in study.items
        ),
    )
    found = [response for item in study.items for response in study.responses[item.id].values()]
    db.executemany("INSERT INTO responses VALUES (?, ?, ?, ?)", ((r.item, r.system, r.text, r.error) for r in found))
    raters = ((rater, _hashed(token)) for rater, token in enumerate(tokens, 1))
    db.executemany("INSERT INTO raters (id, token_hash) VALUES (?, ?)", raters)
    tasks = ((position, task.item, json.dumps(task.systems)) for position, task in enumerate(study.tasks))
    db.executemany("INSERT INTO tasks VALUES (?, ?, ?)", tasks)
    shares = ((a.rater, a.place, a.task, json.dumps(a.shown)) for a in study.assignments)
    db.executemany("INSERT INTO assignments (rater, place, task, shown) VALUES (?, ?, ?, ?)", shares)


class RatingStore:
    """A study's file. Every call opens the file for itself, so any thread or process may make it.

    Args:
        path: that `create_study` wrote.

    Raises:
        NoSuch: there is no study.
        BadInput: it is some other file.
    """

    def __init__(self, path: Path) -> None:
        if not is_study(path):
            raise NoSuch(
                f"{path} holds no study", mend="rung rate start RESULTS --kind KIND makes one, or name it by --db"
            )
        self.path = path
        self.info = self._info()
        self.kind: Kind = kind_named(self.info.plan.kind)

    def _info(self) -> StudyInfo:
        with connected(self.path, "read") as db:
            name, digest, plan, made = db.execute("SELECT name, digest, plan, made_at FROM study").fetchone()
            systems = tuple(row[0] for row in db.execute("SELECT DISTINCT system FROM responses ORDER BY system"))
            items = int(db.execute("SELECT COUNT(*) FROM items").fetchone()[0])
            tasks = int(db.execute("SELECT COUNT(*) FROM tasks").fetchone()[0])
        return StudyInfo(name, digest, Plan(**json.loads(plan)), systems, items, tasks, made)

    def address(self) -> tuple[str, int] | None:
        """Host and port of the last server, so that links stay what they were."""
        with connected(self.path, "read") as db:
            host, port = db.execute("SELECT host, port FROM study").fetchone()
        return None if port is None else (host, port)

    def keep_address(self, host: str, port: int) -> None:
        """Remember where the server listens."""
        with connected(self.path, "write") as db:
            db.execute("UPDATE study SET host = ?, port = ?", (host, port))

    def rater_of(self, token: str) -> Rater | None:
        """Who has this token; None where nobody has."""
        with connected(self.path, "read") as db:
            query = "SELECT id, finished_at FROM raters WHERE token_hash = ?"
            row = db.execute(query, (_hashed(token),)).fetchone()
        return None if row is None else Rater(row[0], row[1] is not None)

    def renew(self, rater: int) -> str:
        """A new token for a rater, who may then go on; the old one is refused from now on.

        Raises:
            NoSuch: there is no such rater.
        """
        token = secrets.token_urlsafe(24)
        with connected(self.path, "write") as db:
            query = "UPDATE raters SET token_hash = ?, finished_at = NULL WHERE id = ?"
            if not db.execute(query, (_hashed(token), rater)).rowcount:
                mend = f"raters are 1 to {self.info.plan.raters}"
                raise NoSuch(f"there is no rater {rater}", mend=mend)
        return token

    def shown(self, rater: int, place: int) -> Shown | None:
        """The task at a place of a rater's order; None where there is none. Its first opening is noted."""
        with connected(self.path, "write") as db:
            found = db.execute(
                "SELECT a.id, a.shown, i.id, i.input, i.earlier, i.reference FROM assignments a "
                "JOIN tasks t ON t.id = a.task JOIN items i ON i.id = t.item WHERE a.rater = ? AND a.place = ?",
                (rater, place),
            ).fetchone()
            if found is None:
                return None
            assignment, systems, item, text, earlier, reference = found
            db.execute("UPDATE assignments SET opened_at = ? WHERE id = ? AND opened_at IS NULL", (_now(), assignment))
            rows = db.execute("SELECT system, text, error FROM responses WHERE item = ?", (item,))
            texts = {system: None if error else response for system, response, error in rows}
            answer, comment = _standing(db, assignment) or ({}, "")
        turns = tuple(Message(**turn) for turn in json.loads(earlier))
        return Shown(place, text, turns, reference, tuple(texts[s] for s in json.loads(systems)), answer, comment)

    def rate(self, rater: int, place: int, answer: Mapping[str, str], comment: str) -> Saved:
        """Add a rating; it is on disk when this returns. The same again adds nothing.

        Args:
            rater: whose.
            place: of the task in the rater's order.
            answer: that `Kind.refuse` did not refuse.
            comment: free words, or empty.

        Returns:
            `finished` where the rater has said to be done: nothing was added.

        Raises:
            NoSuch: the rater has no task there.
        """
        with connected(self.path, "write") as db:
            query = """SELECT a.id, r.finished_at FROM assignments a JOIN raters r ON r.id = a.rater
                WHERE a.rater = ? AND a.place = ?"""
            found = db.execute(query, (rater, place)).fetchone()
            if found is None:
                raise NoSuch(f"rater {rater} has no task {place}", mend="open the link again")
            assignment, finished = found
            if finished is not None:
                return "finished"
            before = _standing(db, assignment)
            if before == (dict(answer), comment):
                return "same"
            row = (assignment, _now(), json.dumps(dict(answer), sort_keys=True), comment)
            db.execute("INSERT INTO ratings (assignment, at, answer, comment) VALUES (?, ?, ?, ?)", row)
        return "new" if before is None else "changed"

    def finish(self, rater: int) -> bool:
        """End a rater's part; False where something is not rated yet."""
        with connected(self.path, "write") as db:
            if _open_places(db, rater):
                return False
            db.execute("UPDATE raters SET finished_at = COALESCE(finished_at, ?) WHERE id = ?", (_now(), rater))
        return True

    def open_places(self, rater: int) -> list[int]:
        """Places in a rater's order that have no rating yet, first one first."""
        with connected(self.path, "read") as db:
            return _open_places(db, rater)

    def counts(self) -> list[RaterCount]:
        """How far each rater has come."""
        query = """
            SELECT r.id, COUNT(DISTINCT a.id), COUNT(DISTINCT g.assignment), COUNT(g.seq), r.finished_at
            FROM raters r LEFT JOIN assignments a ON a.rater = r.id LEFT JOIN ratings g ON g.assignment = a.id
            GROUP BY r.id ORDER BY r.id"""
        with connected(self.path, "read") as db:
            rows = db.execute(query).fetchall()
        return [
            RaterCount(r, assigned, rated, all_ - rated, done is not None) for r, assigned, rated, all_, done in rows
        ]

    def ratings(self) -> list[Rating]:
        """Every rating that stands, unblinded, by item and rater."""
        query = """
            SELECT g.assignment, g.at, g.answer, g.comment, a.rater, a.shown, a.opened_at, i.id, i.category
            FROM ratings g JOIN assignments a ON a.id = g.assignment JOIN tasks t ON t.id = a.task
            JOIN items i ON i.id = t.item ORDER BY t.id, a.rater, g.seq"""
        with connected(self.path, "read") as db:
            rows = db.execute(query).fetchall()
        found: dict[int, Rating] = {}
        for assignment, at, text, comment, rater, shown, opened, item, category in rows:
            answer, order = json.loads(text), tuple(json.loads(shown))
            before = found.get(assignment)
            earlier = () if before is None else (*before.earlier, (before.at, before.answer))
            seconds = None if opened is None else _seconds(opened, earlier[0][0] if earlier else at)
            scores = self.kind.scores(answer, order)
            found[assignment] = Rating(item, category, rater, order, answer, scores, comment, at, seconds, earlier)
        return list(found.values())

    def texts(self) -> dict[str, tuple[str, str | None, dict[str, str]]]:
        """Item id -> prompt, reference, and the response of each system; what exports show."""
        with connected(self.path, "read") as db:
            items = db.execute("SELECT id, input, reference FROM items").fetchall()
            responses = db.execute("SELECT item, system, text FROM responses ORDER BY system").fetchall()
        found: dict[str, tuple[str, str | None, dict[str, str]]] = {i: (text, ref, {}) for i, text, ref in items}
        for item, system, text in responses:
            found[item][2][system] = text
        return found


def _standing(db: sqlite3.Connection, assignment: int) -> tuple[dict[str, str], str] | None:
    query = "SELECT answer, comment FROM ratings WHERE assignment = ? ORDER BY seq DESC LIMIT 1"
    row = db.execute(query, (assignment,)).fetchone()
    return None if row is None else (json.loads(row[0]), row[1])


def _open_places(db: sqlite3.Connection, rater: int) -> list[int]:
    query = """SELECT place FROM assignments a WHERE rater = ?
        AND NOT EXISTS (SELECT 1 FROM ratings g WHERE g.assignment = a.id) ORDER BY place"""
    return [row[0] for row in db.execute(query, (rater,))]


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _seconds(start: str, end: str) -> float:
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)
