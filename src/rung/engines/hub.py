"""A local folder for a model's name: the folder itself, or a Hugging Face id through the local cache."""

from __future__ import annotations

from pathlib import Path

from rung.errors import BadModel, MissingExtra, UpstreamFailed

WANTED = ("*.safetensors", "*.safetensors.index.json", "*.json", "*.model", "*.txt", "*.jinja")


def local_folder(name: str, *, revision: str | None = None, endpoint: str | None = None) -> Path:
    """The folder of a model.

    A path that exists, or that can be nothing but a path, is taken as a path. All else is a Hugging Face id: its
    snapshot is taken from the local cache, and downloaded (safetensors and text files only) when it is not there.

    Args:
        name: path or id.
        revision: commit, tag or branch of an id.
        endpoint: base URL of a hub that is not huggingface.co.

    Raises:
        BadModel: no such folder, or no such id.
        UpstreamFailed: the hub cannot be reached.
        MissingExtra: an id is given and huggingface_hub is not installed.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or path.exists():
        raise BadModel(f"no model folder {name}", mend="give an existing folder or a Hugging Face id")
    try:
        import huggingface_hub
        from huggingface_hub import errors
    except ImportError as error:
        raise MissingExtra("huggingface_hub", extra="local") from error
    wanted: list[str] = list(WANTED)
    try:
        try:
            return Path(
                huggingface_hub.snapshot_download(
                    name, revision=revision, endpoint=endpoint, allow_patterns=wanted, local_files_only=True
                )
            )
        except errors.LocalEntryNotFoundError:
            return Path(
                huggingface_hub.snapshot_download(name, revision=revision, endpoint=endpoint, allow_patterns=wanted)
            )
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise BadModel(
            f"{name!r} is neither a folder nor a Hugging Face model that can be read",
            mend="check the name; for a private or gated model run `hf auth login` first",
        ) from error
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, errors.HfHubHTTPError, OSError) as error:
        raise UpstreamFailed(
            f"the model {name!r} is not in the local cache and the hub cannot be reached",
            mend="go online once, or copy the model into a folder and give the folder",
        ) from error
