"""`rung promote`, `rung rollback`, `rung releases`, `rung answer`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from rung.cli.places import find_run, open_ledger, plan_of
from rung.errors import BadInput, BadRelease, NoSuch
from rung.ledger import NewEvent
from rung.release import Manifest, Shelf
from rung.release.manifest import ARTIFACT_FOLDER
from rung.types import Candidate, candidate_from_json

MOST_COPIED_BYTES = 4_000_000_000


def promote(home: Path, run: str, *, candidate: str | None, name: str | None, link_model: bool) -> None:
    """Make a release and make it current."""
    with open_ledger(home) as ledger:
        plan = plan_of(ledger, find_run(ledger, run))
        wanted = candidate or plan.policies[0].candidate or plan.policies[1].candidate
        if wanted is None:
            raise NoSuch(f"run {plan.run} chose nothing", mend="name one with --candidate; rung explain says why")
        evidence = next((c for c in plan.candidates if c.name == wanted), None)
        if evidence is None:
            known = ", ".join(c.name for c in plan.candidates)
            raise NoSuch(f"run {plan.run} has no candidate {wanted!r}", mend=f"choose among {known}")
        artifact = home / "artifacts" / evidence.key
        proposed = ledger.find("proposed", evidence.key)
        if proposed is None or not artifact.is_dir():
            built = [c.name for c in plan.candidates if (home / "artifacts" / c.key).is_dir()]
            mend = f"promote one that was built ({', '.join(built)})" if built else "climb again, then promote"
            raise NoSuch(f"{wanted} was not built, or its artifact is gone", mend=mend)
        made = candidate_from_json(proposed.body["candidate"])
        local = None if made.model is None or link_model else _folder(made)
        if evidence.decision != "passed":
            print(f"note: {wanted} is not shown to meet the bar ({evidence.decision})", file=sys.stderr)
        shelf = Shelf(home / "releases")
        facts = {
            "run": plan.run,
            "workload": plan.workload,
            "task": plan.task,
            "claim": plan.claim,
            "evidence": {
                "decision": evidence.decision,
                "metrics": plan.to_json()["candidates"][plan.candidates.index(evidence)]["evidence"],
                "per_request": evidence.per_request.to_json(),
                "build": evidence.build.to_json(),
            },
        }
        release = name or plan.workload
        manifest = shelf.add(
            release,
            candidate=made,
            artifact=artifact,
            model_fingerprint=proposed.body["fingerprint"],
            facts=facts,
            copy_model=local,
            beside={} if link_model else _beside(made),
        )
        shelf.promote(release, manifest.version)
        body = {"release": release, "version": manifest.version, "candidate": evidence.key}
        ledger.append(plan.run, [NewEvent("promoted", body)])
    print(f"{release} version {manifest.version} is current: {shelf.current(release)}")


def _folder(candidate: Candidate) -> Path | None:
    """The folder of a local base model."""
    model = candidate.model
    if model is None or model.engine != "transformers":
        return None
    folder = Path(model.model)
    return folder if folder.is_dir() else None


def _beside(candidate: Candidate) -> Mapping[str, Path]:
    """Files that the method needs besides artifact and model; none, with a note, when they are too large to copy."""
    from rung.methods import all_methods
    from rung.methods.protocol import Leaning

    method = all_methods().get(candidate.method)
    if not isinstance(method, Leaning):
        return {}
    files = method.leans_on(candidate)
    size = sum(file.stat().st_size for file in files.values())
    if size > MOST_COPIED_BYTES:
        gb, most = size / 1e9, MOST_COPIED_BYTES / 1e9
        note = f"{gb:.1f} GB that {candidate.name} leans on are not copied (more than {most:g} GB)"
        print(f"note: {note}; the release needs them where they lie now", file=sys.stderr)
        return {}
    return files


def rollback(home: Path, name: str) -> None:
    """Go back one version."""
    shelf = Shelf(home / "releases")
    version = shelf.roll_back(name)
    if (home / "ledger.db").is_file():
        with open_ledger(home) as ledger:
            ledger.append("", [NewEvent("rolled_back", {"release": name, "version": version})])
    print(f"{name} version {version} is current: {shelf.current(name)}")


def show(home: Path, *, as_json: bool) -> None:
    """List releases."""
    shelf = Shelf(home / "releases")
    known = [(name, shelf.history(name)[-1], shelf.versions(name)) for name in shelf.names()]
    if as_json:
        print(json.dumps([{"release": name, "current": now, "versions": there} for name, now, there in known]))
        return
    for name, now, there in known:
        print(f"{name}  current {now}  of {', '.join(map(str, there))}")
    if not known:
        print("no releases yet; rung promote RUN makes one", file=sys.stderr)


def answer(home: Path, release: str, texts: list[str], *, as_json: bool) -> None:
    """Answer inputs with a release, one line each."""
    from rung.engines import EngineRoom
    from rung.methods import all_methods

    folder = Shelf(home / "releases").resolve(release)
    manifest = Manifest.read(folder)
    candidate = manifest.candidate
    if candidate.model is not None and (folder / candidate.model.model).is_dir():
        candidate = replace(candidate, model=replace(candidate.model, model=str(folder / candidate.model.model)))
    inputs = _whole_texts(texts)
    if not inputs or not all(text.strip() for text in inputs):
        raise BadInput("there is no input, or an empty one", mend='rung answer RELEASE "text", or a line each on stdin')
    method = all_methods().get(candidate.method)
    if method is None:
        raise BadRelease(
            f"no method {candidate.method!r} is installed", mend="install the plugin that made the release"
        )
    with EngineRoom() as room, closing(method.load(candidate, folder / ARTIFACT_FOLDER, room)) as answerer:
        for start in range(0, len(inputs), max(1, answerer.batch_size)):
            batch = inputs[start : start + max(1, answerer.batch_size)]
            began = time.perf_counter()
            for text, given in zip(batch, answerer.answer(batch), strict=True):
                if not as_json:
                    print(given.text if given.error is None else f"error: {given.error}")
                    continue
                row = {
                    "input": text,
                    "answer": given.text,
                    "error": given.error,
                    "contexts": given.contexts,
                    "input_tokens": given.usage.input,
                    "output_tokens": given.usage.output,
                    "latency_s": time.perf_counter() - began,
                    "cost_usd": given.cost_usd,
                }
                print(json.dumps(row, ensure_ascii=False))


def _whole_texts(arguments: list[str]) -> list[str]:
    """The arguments, or the lines of stdin. Some locales let broken UTF-8 in as half surrogates: refused as well."""
    try:
        texts = arguments or [line.rstrip("\n") for line in sys.stdin if line.strip()]
        "".join(texts).encode("utf-8")
    except UnicodeError as problem:
        raise BadInput("an input is not UTF-8", mend="convert it, e.g. with iconv") from problem
    return texts
