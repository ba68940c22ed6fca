"""The status page: which promised capability is held by which test, and whether it ran for real.

A test says what it holds by `@pytest.mark.capability("name", verified="real")`, or `verified="stub"` where the thing on
the other side is played by a fake. The names and promises stand in `capabilities.toml`; a name without a test shows as
absent. `--status-file PATH` writes the page. Its content depends on the outcomes alone, not on time or speed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

MARKER = "capability"
VERIFIED = ("real", "stub")
PROMISES = Path(__file__).parent / "capabilities.toml"

Claim = tuple[str, str, str]
"""Capability, how it is verified, and where the marker stands: a test (without its parameters), a class or a file."""


def promises() -> dict[str, str]:
    """Name -> what is promised, in the order of the file."""
    rows = tomllib.loads(PROMISES.read_text(encoding="utf-8"))["capability"]
    return {row["name"]: row["promised"] for row in rows}


@dataclass
class Status:
    """What the tests of a run say of each capability.

    Args:
        promised: name -> promise.
        claims: of every test that was collected, run or not.
        outcomes: place of the marker -> the outcomes of its tests; a skip carries its reason.
    """

    promised: dict[str, str]
    claims: set[Claim] = field(default_factory=set[Claim])
    outcomes: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def saw(self, test: str, outcome: str) -> None:
        """One outcome of a test."""
        self.outcomes.setdefault(test, set()).add(outcome)

    def result(self, test: str) -> str:
        """The worst outcome of a test, in words."""
        seen = self.outcomes.get(test, set())
        skips = sorted(outcome for outcome in seen if outcome.startswith("skipped"))
        if "failed" in seen:
            return "failed"
        if "passed" in seen:
            return "passed" if not skips else f"passed in part; {'; '.join(skips)}"
        return "; ".join(skips) or "not run"

    def verified(self, name: str) -> str:
        """How a capability is verified by what has run: the strongest of its tests that passed."""
        mine = [(how, self.result(test)) for capability, how, test in self.claims if capability == name]
        if not mine:
            return "absent"
        if any(result == "failed" for _, result in mine):
            return "failed"
        passed = {how for how, result in mine if result.startswith("passed")}
        if "real" in passed:
            return "real"
        if "stub" in passed:
            return "against a stub"
        return sorted(result for _, result in mine)[-1]

    def page(self) -> str:
        """The page."""
        how = {name: self.verified(name) for name in self.promised}
        counts = [f"{sum(v == word for v in how.values())} {word}" for word in ("real", "against a stub", "absent")]
        rest = sum(v not in ("real", "against a stub", "absent") for v in how.values())
        lines = [
            "<!-- Written by the tests: pytest --status-file docs/status.md -->",
            "# Status",
            "",
            "What is promised, and how far it is verified. The tests write this page. *Real* means that the thing",
            "itself ran; *against a stub*, that the other side was played by a fake; *absent*, that no test holds it.",
            "",
            f"Of {len(how)} capabilities: {', '.join(counts)}, {rest} other.",
            "",
            "## Capabilities",
            "",
            *_table(("capability", "promised", "verified"), ((n, text, how[n]) for n, text in self.promised.items())),
            "",
            "## Tests",
            "",
            *_table(("capability", "test", "verified", "result"), self._rows()),
            "",
        ]
        return "\n".join(lines)

    def _rows(self) -> Iterator[tuple[str, ...]]:
        order = list(self.promised)
        for name, how, test in sorted(self.claims, key=lambda claim: (order.index(claim[0]), claim)):
            yield name, f"`{test}`", how, self.result(test)


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for line in (columns, tuple("---" for _ in columns), *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"


def claims_of(item: pytest.Item, promised: Iterable[str]) -> list[Claim]:
    """What a test says that it holds.

    Raises:
        pytest.UsageError: the marker names no promised capability, or another way of verifying.
    """
    found: list[Claim] = []
    for node, marker in item.iter_markers_with_node(MARKER):
        name = str(marker.args[0]) if len(marker.args) == 1 else ""
        how = str(marker.kwargs.get("verified", ""))
        if name not in promised or how not in VERIFIED or set(marker.kwargs) != {"verified"}:
            raise pytest.UsageError(
                f"{item.nodeid}: write @pytest.mark.capability(NAME, verified={' or '.join(map(repr, VERIFIED))}) "
                f"with a name of {PROMISES.name}, not {name!r}"
            )
        found.append((name, how, node.nodeid.split("[")[0]))
    return found


def outcome_of(report: pytest.TestReport) -> str | None:
    """The outcome that a report adds to its test; None for the set-up and tear-down of one that went well."""
    if report.skipped:
        if hasattr(report, "wasxfail"):
            return "expected to fail"
        reason: Any = report.longrepr
        text = str(reason[2]) if isinstance(reason, tuple) else "no reason"
        return f"skipped: {text.removeprefix('Skipped: ')}"
    if report.failed:
        return "failed"
    return "passed" if report.when == "call" else None


class StatusPlugin:
    """Collects on the controller, or where there is one process only, and writes the page at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.status = Status(promises())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of one test, from whichever worker."""
        outcome = outcome_of(report)
        if outcome is not None:
            for place in [str(value) for name, value in report.user_properties if name == MARKER]:
                self.status.saw(place, outcome)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has ended: what it collected, tests that were left out included."""
        del error
        output: dict[str, Any] = getattr(node, "workeroutput", {})
        self.status.claims.update((str(n), str(how), str(test)) for n, how, test in output.get(MARKER, ()))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """All tests have run; a run that was cut short leaves the page as it was."""
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.status.page(), encoding="utf-8")


_CLAIMS = pytest.StashKey[list[Claim]]()
_PLUGIN = pytest.StashKey[StatusPlugin]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--status-file", metavar="PATH", help="write what is promised and how far it is verified")


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and the writer of the page where one is asked for."""
    config.addinivalue_line("markers", "capability(name, verified): holds a promise of tests/capabilities.toml")
    path: str | None = config.getoption("--status-file")
    if path is not None and not hasattr(config, "workerinput"):
        plugin = StatusPlugin(Path(path))
        config.stash[_PLUGIN] = plugin
        config.pluginmanager.register(plugin, "rung-status")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read the markers, before any test is deselected."""
    promised = promises()
    found: list[Claim] = []
    for item in items:
        mine = claims_of(item, promised)
        item.user_properties += [(MARKER, place) for place in {place for _, _, place in mine}]
        found += mine
    config.stash[_CLAIMS] = found
    if _PLUGIN in config.stash:
        config.stash[_PLUGIN].status.claims.update(found)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it collected."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[MARKER] = [list(claim) for claim in session.config.stash.get(_CLAIMS, [])]
