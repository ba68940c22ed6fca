"""The reference engine on a random model: the contract, and equality with transformers' own generate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from rung.engines import EngineRoom
from rung.engines.decoding import decode, sample
from rung.engines.transformers_engine import encode, encode_answer, load_model, render
from rung.errors import BadModel
from rung.testing.engines import PROMPTS, EngineContract
from rung.testing.tiny import make_tiny_llama
from rung.types import Engine, GenerationSettings, Message, ModelRef, Prompt

torch.set_num_threads(1)


def ref(model: object, **options: object) -> ModelRef:
    return ModelRef("m", "transformers", str(model), options=options)


@pytest.fixture(scope="module")
def shared(tiny: Path) -> Iterator[Engine]:
    with EngineRoom() as room:
        yield room.open(ref(tiny))


def says(text: str) -> Prompt:
    return (Message("user", text),)


@pytest.mark.capability("engine-transformers", verified="real")
class TestContract(EngineContract):
    @pytest.fixture
    def engine(self, shared: Engine) -> Engine:
        return shared

    @pytest.fixture
    def fresh(self, tiny: Path) -> Callable[[], Engine]:
        return lambda: EngineRoom().open(ref(tiny))


def hf_greedy(network: Any, ids: list[int], count: int) -> list[int]:
    with torch.inference_mode():
        grown = network.generate(
            input_ids=torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=count,
            do_sample=False,
        )
    return grown[0, len(ids) :].tolist()


@pytest.mark.capability("engine-transformers", verified="real")
def test_greedy_equals_generate_one_by_one(tiny: Path):
    """A padded batch whose rows end at different steps gives what transformers gives to each prompt alone."""
    network, tokenizer = load_model(tiny)
    prompts = [encode(tokenizer, says("word " * n)) for n in (1, 2, 3, 5, 8, 13)]
    alone = [hf_greedy(network, ids, 24) for ids in prompts]
    ends = frozenset({2, alone[0][2], alone[1][5], alone[2][9], alone[3][12]})
    together = decode(
        network, prompts, [24] * 6, GenerationSettings(), end_ids=ends, pad_id=0, ended=lambda output: False
    )
    for output, expected in zip(together, alone, strict=True):
        until = next((i + 1 for i, token in enumerate(expected) if token in ends), len(expected))
        assert output == expected[:until]
    assert len({len(output) for output in together}) > 1


def test_the_share_of_samples_is_that_of_the_warpers():
    """Frequencies over a grid of chances match transformers' temperature, top-k and top-p."""
    torch.manual_seed(0)
    logits = torch.randn(1, 40) * 2
    settings = GenerationSettings(temperature=0.7, top_k=12, top_p=0.8)
    ids = torch.zeros(1, 1, dtype=torch.long)
    expected = logits
    for warper in (TemperatureLogitsWarper(0.7), TopKLogitsWarper(12), TopPLogitsWarper(0.8)):
        expected = warper(ids, expected)  # pyright: ignore[reportArgumentType]
    chances = (torch.arange(20_000) + 0.5) / 20_000
    drawn = sample(logits.expand(20_000, -1), settings, chances)
    shares = torch.bincount(drawn, minlength=40) / 20_000
    torch.testing.assert_close(shares, expected.softmax(-1)[0], atol=2e-4, rtol=0)


def test_a_sample_depends_on_seed_and_prompt_and_not_on_place(shared: Engine):
    settings = GenerationSettings(max_tokens=12, temperature=1.0, seed=3)
    there = [c.text for c in shared.generate(PROMPTS, settings)]
    assert there == [c.text for c in shared.generate(PROMPTS[::-1], settings)][::-1]
    assert there != [c.text for c in shared.generate(PROMPTS, GenerationSettings(12, 1.0, seed=4))]
    one, two = shared.generate([PROMPTS[0]] * 2, settings)
    assert one.text != two.text


def test_counts_leave_padding_out_and_the_end_token_in(tiny: Path, shared: Engine):
    _, tokenizer = load_model(tiny)
    prompts = [says("a"), says("a much longer prompt than the other")]
    for prompt, completion in zip(prompts, shared.generate(prompts, GenerationSettings(max_tokens=5)), strict=True):
        assert completion.usage.input == len(encode(tokenizer, prompt))
        assert completion.usage.output == 5 or completion.finish == "stop"


def test_a_stop_string_ends_and_is_cut(shared: Engine):
    full = shared.generate([says("go on")], GenerationSettings(max_tokens=40))[0]
    stop = full.text[6:9]
    cut = shared.generate([says("go on")], GenerationSettings(max_tokens=40, stop=(stop,)))[0]
    assert cut.text == full.text[: full.text.index(stop)]
    assert cut.finish == "stop"
    assert cut.usage.output < full.usage.output


def test_a_prompt_that_is_too_long_is_said_and_not_cut(shared: Engine):
    good, long, _ = shared.generate([says("a"), says("b" * 300), says("c")], GenerationSettings(max_tokens=4))
    assert good.error is None
    assert (long.finish, long.error, long.text) == ("error", "prompt too long: 303 > 255 tokens", "")


def test_an_output_ends_where_the_context_does(shared: Engine):
    (completion,) = shared.generate([says("b" * 249)], GenerationSettings(max_tokens=64))
    assert completion.usage.input + completion.usage.output <= 256
    assert completion.error is None


def test_the_template_renders_and_plain_text_is_joined(tiny: Path, tmp_path: Path):
    _, tokenizer = load_model(tiny)
    talk: Prompt = (Message("user", "q"), Message("assistant", "a"), Message("user", "r"))
    assert render(tokenizer, talk) == "<|begin|><|user|>q<|assistant|>a<|end|><|user|>r<|assistant|>"
    assert encode(tokenizer, talk)[:2] == [1, 3]
    assert encode_answer(tokenizer, "ok")[-1] == tokenizer.eos_token_id
    _, plain = load_model(make_tiny_llama(tmp_path / "plain", chat=False))
    assert render(plain, talk) == "q\na\nr\n"


def test_a_template_without_a_system_role_gets_it_in_the_first_user_message(tiny: Path):
    _, tokenizer = load_model(tiny)
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
        "{% endif %}[{{ m['content'] }}]{% endfor %}"
    )
    assert render(tokenizer, (Message("system", "s"), Message("user", "u"))) == "[s\n\nu]"


@pytest.fixture(scope="module")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from peft import LoraConfig, get_peft_model

    network, _ = load_model(tiny)
    torch.manual_seed(1)
    grown = get_peft_model(network, LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    folder = tmp_path_factory.mktemp("adapter")
    grown.save_pretrained(str(folder))
    return folder


@pytest.mark.capability("engine-transformers", verified="real")
def test_an_adapter_changes_answers_and_fingerprint_and_leaves_the_base_alone(tiny: Path, adapter: Path):
    settings = GenerationSettings(max_tokens=12)
    with EngineRoom() as room:
        base, grown = room.open(ref(tiny)), room.open(ref(tiny), adapter=adapter)
        before = [c.text for c in base.generate(PROMPTS, settings)]
        assert [c.text for c in grown.generate(PROMPTS, settings)] != before
        assert [c.text for c in base.generate(PROMPTS, settings)] == before
        assert grown.facts.fingerprint != base.facts.fingerprint


def test_a_merged_adapter_answers_as_the_unmerged_one(tiny: Path, adapter: Path):
    from peft import PeftModel

    network, tokenizer = load_model(tiny)
    unmerged = PeftModel.from_pretrained(network, str(adapter)).eval()
    with EngineRoom() as room:
        (given,) = room.open(ref(tiny), adapter=adapter).generate([says("abc")], GenerationSettings(max_tokens=8))
    expected = hf_greedy(unmerged, encode(tokenizer, says("abc")), 8)
    assert given.text == tokenizer.decode(expected, skip_special_tokens=True)


def test_an_adapter_stays_on_top_in_half_precision(tiny: Path, adapter: Path):
    with EngineRoom() as room:
        base = room.open(ref(tiny, dtype="bfloat16"))
        grown = room.open(ref(tiny, dtype="bfloat16"), adapter=adapter)
        settings = GenerationSettings(max_tokens=12)
        there, back = (grown.generate(prompts, settings) for prompts in (PROMPTS, PROMPTS[::-1]))
        assert [c.text for c in there] == [c.text for c in back[::-1]]
        assert [c.text for c in there] != [c.text for c in base.generate(PROMPTS, settings)]


def test_a_prefix_is_put_before_the_prompt(tiny: Path, tmp_path: Path):
    from peft import PrefixTuningConfig, TaskType, get_peft_model

    network, _ = load_model(tiny)
    torch.manual_seed(2)
    grown = get_peft_model(network, PrefixTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=4))
    grown.save_pretrained(str(tmp_path))
    with EngineRoom() as room:
        settings = GenerationSettings(max_tokens=6)
        base, tuned = room.open(ref(tiny)), room.open(ref(tiny), adapter=tmp_path)
        there = tuned.generate(PROMPTS, settings)
        assert [c.text for c in there] != [c.text for c in base.generate(PROMPTS, settings)]
        assert [c.usage.input for c in there] == [c.usage.input for c in base.generate(PROMPTS, settings)]
        assert all(1 <= c.usage.output <= 6 for c in there)


def test_an_adapter_that_is_a_pickle_is_refused(tiny: Path, adapter: Path, tmp_path: Path):
    (tmp_path / "adapter_config.json").write_bytes((adapter / "adapter_config.json").read_bytes())
    (tmp_path / "adapter_model.bin").write_bytes(b"pickle")
    with pytest.raises(BadModel, match=r"adapter_model\.safetensors"):
        EngineRoom().open(ref(tiny), adapter=tmp_path)


@pytest.mark.capability("engine-transformers", verified="real")
def test_other_weights_take_the_place_of_the_models_own(tiny: Path, tmp_path: Path):
    """A folder of weights without a tokenizer is read with the model's."""
    other = make_tiny_llama(tmp_path / "other", seed=5)
    for path in other.glob("*token*"):
        path.unlink()
    (other / "chat_template.jinja").unlink(missing_ok=True)
    with EngineRoom() as room:
        base, tuned = room.open(ref(tiny)), room.open(ref(tiny), weights=other)
        settings = GenerationSettings(max_tokens=8)
        assert base.generate(PROMPTS, settings)[0].text != tuned.generate(PROMPTS, settings)[0].text
        assert base.facts.fingerprint != tuned.facts.fingerprint


def test_a_sequence_to_sequence_model_answers(tiny: Path, tmp_path: Path):
    from transformers import AutoTokenizer, T5Config, T5ForConditionalGeneration

    tokenizer = AutoTokenizer.from_pretrained(str(tiny))
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    make: Any = T5Config
    config = make(
        vocab_size=272,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
        eos_token_id=2,
    )
    T5ForConditionalGeneration(config).save_pretrained(tmp_path)
    with EngineRoom() as room:
        engine = room.open(ref(tmp_path))
        there = engine.generate(PROMPTS, GenerationSettings(max_tokens=5))
        assert [c.usage.output for c in there] == [5] * len(PROMPTS)
        alone = [engine.generate([prompt], GenerationSettings(max_tokens=5))[0].text for prompt in PROMPTS]
        assert [c.text for c in there] == alone


def test_prices_and_options_hold(tiny: Path):
    model = ModelRef(
        "m",
        "transformers",
        str(tiny),
        price_input_usd_per_mtok=1e6,
        price_output_usd_per_mtok=0.0,
        options={"dtype": "bfloat16", "threads": 1, "batch_size": 2},
    )
    with EngineRoom() as room:
        for completion in room.open(model).generate(PROMPTS, GenerationSettings(max_tokens=2)):
            assert completion.cost_usd == completion.usage.input
