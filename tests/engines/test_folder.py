"""What may be loaded, what is known of it, and what changes its fingerprint."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rung.engines import EngineRoom
from rung.engines.folder import fingerprint, precision_of
from rung.errors import BadInput, BadModel, UpstreamFailed
from rung.types import ModelRef


def ref(model: object, **options: object) -> ModelRef:
    return ModelRef("m", "transformers", str(model), options=options)


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def test_the_facts_are_those_of_the_loaded_model(tiny: Path):
    from rung.engines.transformers_engine import load_model

    facts = EngineRoom().describe(ref(tiny))
    network, tokenizer = load_model(tiny)
    assert facts.parameters == sum(p.numel() for p in network.parameters())
    assert (facts.layers, facts.hidden, facts.vocabulary, facts.context_tokens) == (2, 64, 272, 256)
    assert facts.weight_bytes == (tiny / "model.safetensors").stat().st_size
    assert facts.local
    assert tokenizer.padding_side == "left"


def test_describing_loads_no_torch(tiny: Path):
    code = (
        "import sys; from rung.engines import EngineRoom; from rung.types import ModelRef;"
        "heavy = {'torch', 'transformers', 'httpx', 'boto3', 'numpy'}; assert not heavy & set(sys.modules);"
        f"EngineRoom().describe(ModelRef('m', 'transformers', {str(tiny)!r}));"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_fingerprint_is_of_content_and_precision(tiny: Path, copy: Path):
    def print_of(folder: Path, precision: str = "float32") -> str:
        return fingerprint(folder, precision=precision)

    assert print_of(copy) == print_of(tiny)
    assert print_of(copy, "bfloat16") != print_of(tiny)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        before = print_of(copy)
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        assert print_of(copy) != before
        (copy / name).write_bytes(data)


def test_auto_is_float32_for_small_models(tiny: Path):
    assert precision_of(tiny, "auto") == "float32"
    assert precision_of(tiny, "bfloat16") == "bfloat16"


@pytest.mark.capability("safe-weights", verified="real")
@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth", "model.ckpt"])
def test_a_pickle_alone_is_refused(copy: Path, name: str):
    (copy / "model.safetensors").rename(copy / name)
    with pytest.raises(BadModel, match="pickle") as caught:
        EngineRoom().describe(ref(copy))
    assert "safetensors" in caught.value.mend


def test_a_pickle_beside_safetensors_is_not_looked_at(copy: Path):
    trace = copy / "was-loaded"
    (copy / "pytorch_model.bin").write_bytes(f"cos\nsystem\n(S'touch {trace}'\ntR.".encode())
    with EngineRoom() as room:
        room.open(ref(copy)).close()
    assert not trace.exists()


@pytest.mark.capability("safe-weights", verified="real")
@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_remote_code_is_refused(copy: Path, name: str):
    config = json.loads((copy / name).read_text())
    (copy / name).write_text(json.dumps({**config, "auto_map": {"AutoModelForCausalLM": "evil.Model"}}))
    with pytest.raises(BadModel, match="auto_map"):
        EngineRoom().open(ref(copy))


@pytest.mark.parametrize(
    ("name", "said"),
    [("config.json", "config.json"), ("model.safetensors", "no weights"), ("tokenizer.json", "tokenizer")],
)
def test_a_missing_part_is_named(copy: Path, name: str, said: str):
    (copy / name).unlink()
    with pytest.raises(BadModel, match=said) as caught:
        EngineRoom().describe(ref(copy))
    assert caught.value.mend


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 64, b"\x02\x00\x00\x00\x00\x00\x00\x00[]", b"PK\x03\x04 no weights at all"]
)
def test_a_broken_weights_file_is_named(copy: Path, data: bytes):
    (copy / "model.safetensors").write_bytes(data)
    with pytest.raises(BadModel, match="safetensors"):
        EngineRoom().describe(ref(copy))


def test_a_config_that_is_no_json_is_named(copy: Path):
    (copy / "config.json").write_text("{")
    with pytest.raises(BadModel, match="not JSON"):
        EngineRoom().describe(ref(copy))


def test_an_unknown_architecture_is_named(copy: Path):
    (copy / "config.json").write_text('{"model_type": "nothing_known"}')
    with pytest.raises(BadModel, match="cannot load"):
        EngineRoom().open(ref(copy))


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "a/b/c"])
def test_a_missing_folder_is_no_id(name: str):
    with pytest.raises(BadModel, match="no model folder"):
        EngineRoom().describe(ref(name))


def test_an_id_without_a_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UpstreamFailed, match="not in the local cache") as caught:
        EngineRoom().describe(ref("someone/some-model"))
    assert "folder" in caught.value.mend


def test_an_impossible_id_is_bad_input():
    with pytest.raises(BadModel, match="neither a folder nor"):
        EngineRoom().describe(ref("not an id!"))


def test_an_unknown_option_names_the_known_ones(tiny: Path):
    with pytest.raises(BadInput, match="'dtyp'") as caught:
        EngineRoom().open(ref(tiny, dtyp="float32"))
    assert "dtype" in caught.value.mend
    with pytest.raises(BadInput, match="int8"):
        EngineRoom().describe(ref(tiny, dtype="int8"))


def test_a_large_file_is_hashed_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import os

    from rung.engines import hashing

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(hashing, "KEPT_FROM_BYTES", 1)
    large = tmp_path / "large"
    large.write_bytes(b"a" * 1000)
    os.utime(large, ns=(1, 1))
    first = hashing.file_hash(large)
    hashing._seen.clear()
    with monkeypatch.context() as patch:
        patch.setattr(hashing, "_digest", None)  # another process finds it in the cache
        assert hashing.file_hash(large) == first
    large.write_bytes(b"b" * 1000)
    assert hashing.file_hash(large) != first
