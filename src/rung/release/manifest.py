"""The manifest of a release: what it is, where it comes from, and the hash of every file in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rung.errors import BadRelease
from rung.types import Candidate, candidate_from_json

MANIFEST_NAME: Final = "manifest.json"
ARTIFACT_FOLDER: Final = "artifact"
MODEL_FOLDER: Final = "model"
_REMAKE: Final = "make the release again: rung promote RUN"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in `manifest.json`.

    Args:
        name: of the release.
        version: counts from 1.
        created: ISO date and time, UTC.
        run: id of the climb that chose it.
        workload: name of the workload.
        task: its task.
        claim: what was shown, in a sentence.
        candidate: what it is.
        model_fingerprint: of the model it stands on; None without a model.
        evidence: mean, interval, items and footprint as the plan states them.
        files: relative path -> SHA-256, for every file but the manifest.
        schema: of this record.
    """

    name: str
    version: int
    created: str
    run: str
    workload: str
    task: str
    claim: str
    candidate: Candidate
    model_fingerprint: str | None
    evidence: Mapping[str, Any]
    files: Mapping[str, str]
    schema: int = 1

    def write(self, folder: Path) -> None:
        """Write it into the release's folder."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path, *, verify: bool = True) -> Manifest:
        """The manifest of a release folder.

        Args:
            folder: the release.
            verify: hash every file, and refuse when one is missing, added or changed.

        Raises:
            BadRelease: no manifest, an unreadable one, or files that differ from it.
        """
        try:
            data = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
            candidate = candidate_from_json(data.pop("candidate"))
            manifest = cls(candidate=candidate, **data)
        except FileNotFoundError as problem:
            raise BadRelease(
                f"{folder} holds no {MANIFEST_NAME}", mend="name a folder that a promote made"
            ) from problem
        except (ValueError, KeyError, TypeError) as problem:
            raise BadRelease(f"the manifest of {folder} cannot be read: {problem}", mend=_REMAKE) from problem
        if verify:
            manifest.verify(folder)
        return manifest

    def verify(self, folder: Path) -> None:
        """Compare every file with its hash.

        Raises:
            BadRelease: naming the files that are missing, added or changed.
        """
        found = hash_files(folder)
        changed = [f for f in self.files if f in found and found[f] != self.files[f]]
        missing = sorted(set(self.files) - set(found))
        added = sorted(set(found) - set(self.files))
        if changed or missing or added:
            parts = (("changed", changed), ("missing", missing), ("added", added))
            what = "; ".join(f"{word}: {', '.join(names[:5])}" for word, names in parts if names)
            raise BadRelease(f"the files of {folder} are not those of its manifest ({what})", mend=_REMAKE)


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file under a folder but the manifest, by relative path."""
    hashes: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).as_posix() != MANIFEST_NAME:
            with path.open("rb") as file:
                hashes[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes
