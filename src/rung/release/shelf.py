"""Where releases stand: `releases/NAME/VERSION/`, and which version of each is current."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rung.errors import BadInput, BadRelease, NoSuch
from rung.release.manifest import ARTIFACT_FOLDER, MODEL_FOLDER, Manifest, hash_files
from rung.types import Candidate


class Shelf:
    """The releases of a project.

    Args:
        folder: usually `.rung/releases`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Names of the releases."""
        if not self.folder.is_dir():
            return []
        return sorted(p.name for p in self.folder.iterdir() if (p / "current.json").is_file())

    def versions(self, name: str) -> list[int]:
        """Versions of a release that are there, oldest first."""
        home = self.folder / name
        return sorted(int(p.name) for p in home.iterdir() if p.name.isdigit()) if home.is_dir() else []

    def history(self, name: str) -> list[int]:
        """Versions in the order they were made current; the last is current.

        Raises:
            NoSuch: no release of this name.
        """
        try:
            return list(json.loads((self.folder / name / "current.json").read_text(encoding="utf-8"))["history"])
        except FileNotFoundError as problem:
            known = ", ".join(self.names()) or "none"
            raise NoSuch(f"there is no release {name!r} (there are: {known})", mend="rung promote RUN") from problem
        except (ValueError, KeyError, TypeError) as problem:
            raise BadRelease(
                f"{self.folder / name / 'current.json'} cannot be read ({problem})",
                mend="delete it; rung promote RUN writes it anew",
            ) from problem

    def current(self, name: str) -> Path:
        """The folder of the current version."""
        return self.folder / name / str(self.history(name)[-1])

    def resolve(self, name: str) -> Path:
        """The folder of `NAME`, of `NAME@VERSION`, or of a path to a release folder."""
        as_path = Path(name)
        if (as_path / "manifest.json").is_file():
            return as_path
        base, _, version = name.partition("@")
        if not version:
            return self.current(base)
        folder = self.folder / base / version
        if not folder.is_dir():
            there = ", ".join(map(str, self.versions(base))) or "none"
            raise NoSuch(f"release {base!r} has no version {version} (there are: {there})", mend=f"rung answer {base}")
        return folder

    def add(
        self,
        name: str,
        *,
        candidate: Candidate,
        artifact: Path,
        model_fingerprint: str | None,
        facts: Mapping[str, Any],
        copy_model: Path | None,
        beside: Mapping[str, Path] | None = None,
    ) -> Manifest:
        """Make the next version of a release; it is not current until `promote`.

        Args:
            name: of the release; a plain file name.
            candidate: what it is.
            artifact: folder that the method built; copied.
            model_fingerprint: of the base model.
            facts: `run`, `workload`, `task`, `claim` and `evidence` of the manifest.
            copy_model: folder of the base model to copy in, so that the release stands alone; None: refer to it.
            beside: place in the artifact -> file that the artifact needs and that lies elsewhere; copied in.

        Raises:
            BadInput: the name is no plain file name.
        """
        if not name or name in {".", ".."} or any(c in name for c in "/\\@\0"):
            raise BadInput(f"{name!r} cannot be the name of a release", mend="use letters, digits, - and _")
        home = self.folder / name
        home.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".making-", dir=home))
        try:
            shutil.copytree(artifact, work / ARTIFACT_FOLDER)
            for place, file in (beside or {}).items():
                target = work / ARTIFACT_FOLDER / place
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
            if copy_model is not None and candidate.model is not None:
                shutil.copytree(copy_model, work / MODEL_FOLDER)
                # Relative, so that the folder can be moved; resolved when it is opened.
                candidate = replace(candidate, model=replace(candidate.model, model=MODEL_FOLDER))
            version = max(self.versions(name), default=0) + 1
            manifest = Manifest(
                name=name,
                version=version,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                candidate=candidate,
                model_fingerprint=model_fingerprint,
                files=hash_files(work),
                **facts,
            )
            manifest.write(work)
            work.chmod(0o755)
            work.rename(home / str(version))
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        return manifest

    def promote(self, name: str, version: int) -> None:
        """Make a version current.

        Raises:
            NoSuch: the version is not there.
        """
        if version not in self.versions(name):
            raise NoSuch(f"release {name!r} has no version {version}", mend="rung releases lists them")
        history = self.history(name) if (self.folder / name / "current.json").is_file() else []
        self._write(name, [*history, version])

    def roll_back(self, name: str) -> int:
        """Make the version before the current one current again; its number.

        Raises:
            NoSuch: there is none before it.
        """
        history = self.history(name)
        if len(history) < 2:
            raise NoSuch(f"release {name!r} has no earlier version to go back to", mend="rung promote RUN")
        self._write(name, history[:-1])
        return history[-2]

    def _write(self, name: str, history: list[int]) -> None:
        # Written beside and renamed: a reader never sees half a file.
        with tempfile.NamedTemporaryFile("w", dir=self.folder / name, delete=False, encoding="utf-8") as file:
            json.dump({"current": history[-1], "history": history}, file)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(self.folder / name / "current.json")
