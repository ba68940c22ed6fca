"""What `rung rate start` does: make the study or find it, print the links, serve."""

from __future__ import annotations

import ipaddress
import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rung.cli.live_line import LiveLine
from rung.errors import BadInput, NoSuch
from rung.evaluation.people import (
    Plan,
    RatingStore,
    Study,
    create_study,
    is_study,
    kind_named,
    make_study,
    read_material,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was given."""

    responses: Path
    kind: str
    raters: int
    per_item: int
    items: int | None
    systems: tuple[str, ...]
    metric: str
    question: str | None
    instructions: Path | None
    seed: int

    def study(self) -> Study:
        """The study that it describes."""
        material = read_material(self.responses).only(systems=self.systems, items=self.items, seed=self.seed)
        plan = Plan(
            kind=self.kind,
            metric=self.metric,
            question=self.question or kind_named(self.kind).question,
            instructions=_instructions(self.instructions),
            raters=self.raters,
            per_item=self.per_item,
            seed=self.seed,
        )
        return make_study(material.name, plan, material.items, material.responses)


def start(asked: Asked | None, db: Path, *, host: str, port: int, as_json: bool) -> None:
    """Serve a study until it is stopped; the links of a new one are printed first.

    Raises:
        NoSuch: there is no study, and nothing to make one from.
        BadInput: what was given cannot be used, or another study is in the file.
    """
    from rung.server.rating import listen, rating_app, serve

    study, there = None if asked is None else asked.study(), RatingStore(db) if is_study(db) else None
    _refuse(study, there, db)
    before = None if there is None else there.address()
    # The address comes first: tokens are told once, so a study must not be made that cannot be served.
    listening = listen(host, before[1] if before is not None and port == 0 else port)
    with listening:
        tokens = create_study(db, study) if there is None and study is not None else []
        store = there or RatingStore(db)
        address = (_named(host), int(listening.getsockname()[1]))
        store.keep_address(*address)
        _say(store, tokens, address, host, as_json=as_json)
        with LiveLine("rating") as line:
            serve(rating_app(store), listening, each_second=lambda: _draw(store, line))
    print("stopped; every rating is kept", file=sys.stderr)


def link_of(address: tuple[str, int], token: str) -> str:
    """A rater's link."""
    host, port = address
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/r/{quote(token)}/"


def _refuse(study: Study | None, there: RatingStore | None, db: Path) -> None:
    if study is None and there is None:
        raise NoSuch(f"{db} holds no study", mend="give RESULTS and --kind to make one, or name it by --db")
    if study is not None and there is not None and study.digest != there.info.digest:
        raise BadInput(
            f"{db} holds another study",
            mend="name another file by --db, or leave RESULTS and options out to go on with this one",
        )


def _say(store: RatingStore, tokens: list[str], address: tuple[str, int], host: str, *, as_json: bool) -> None:
    """Notes first: who has read the links has all of it."""
    links = {rater: link_of(address, token) for rater, token in enumerate(tokens, 1)}
    info, shares = store.info, sorted({count.assigned for count in store.counts()})
    each = f"{shares[0]} tasks" if len(shares) == 1 else f"{shares[0]} to {shares[-1]} tasks"
    print(f"{info.items} items of {len(info.systems)} systems, {each} a rater; Ctrl-C stops", file=sys.stderr)
    if not links:
        again = "links given before stay valid; rung rate link RATER gives a new one"
        print(f"going on at http://{address[0]}:{address[1]}: {again}", file=sys.stderr)
    if not _is_loopback(host):
        told = "anyone who reaches this address and has a link can rate, and nothing is encrypted"
        print(f"note: {told}; put a proxy with TLS before it", file=sys.stderr)
    if as_json:
        rows = [{"rater": rater, "link": link} for rater, link in links.items()]
        print(json.dumps({"db": str(store.path), "host": address[0], "port": address[1], "links": rows}), flush=True)
        return
    for rater, link in links.items():
        print(f"rater {rater}: {link}", flush=True)


def _draw(store: RatingStore, line: LiveLine) -> None:
    if not sys.stderr.isatty():
        return
    counts = store.counts()
    rated, assigned = sum(count.rated for count in counts), sum(count.assigned for count in counts)
    line.draw(rated / assigned, f"{rated} of {assigned}")


def _instructions(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text", mend="convert it, e.g. with iconv") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be opened: {error.strerror}", mend="give a Markdown file") from error


def _named(host: str) -> str:
    """What a link says for an address that means every interface."""
    try:
        everywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        everywhere = False
    return socket.gethostname() if everywhere else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
