"""Train one of the embedded models from scratch, on text that is generated while it trains.

Phase 0 repeats random tokens until copying is learnt; then follows the mix of `tasks.py`. The learning rate warms up,
stays flat and falls to zero over the last quarter. A killed run goes on with `--resume`.

    python examples/models/train.py rung-1m --tokens 60e6
    python examples/models/train.py rung-1m --tokens 80e6 --resume
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import growth
import stream
import tokens
import torch
from muon import Muon
from probe import choice_of_three
from stream import Progress
from torch import Tensor, distributed, multiprocessing
from torch.nn.functional import cross_entropy
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).parent
WORK = HERE / ".work"
COPIED_NATS = 0.6


@dataclass(frozen=True)
class Recipe:
    """Size of a model and how it is trained."""

    width: int
    layers: int
    heads: int
    inner: int
    rate: float
    batch_tokens: int
    copy_tokens: int
    """Most tokens that phase 0 may take; it ends earlier once the copy loss is below `COPIED_NATS`."""


RECIPES = {
    "rung-1m": Recipe(width=128, layers=6, heads=4, inner=256, rate=6e-3, batch_tokens=3072, copy_tokens=6_000_000),
    "rung-4m": Recipe(width=256, layers=6, heads=8, inner=512, rate=3e-3, batch_tokens=3072, copy_tokens=6_000_000),
}


def build(recipe: Recipe) -> LlamaForCausalLM:
    """A fresh model."""
    config = LlamaConfig(
        vocab_size=tokens.VOCABULARY,
        hidden_size=recipe.width,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=stream.CONTEXT,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=0.02,
    )
    return LlamaForCausalLM(config)


def loss_of(model: LlamaForCausalLM, ids: Tensor, weights: Tensor) -> tuple[Tensor, float]:
    """Weighted cross-entropy [nats per weight], and that of the first tokens of answers alone.

    Padding stands on the right, so the causal mask alone keeps it out of sight.
    """
    hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
    counted = weights[:, 1:] > 0
    goal, weight = ids[:, 1:][counted], weights[:, 1:][counted]
    each = cross_entropy(model.lm_head(hidden[counted]).float(), goal, reduction="none")
    firsts = each.detach()[weight == stream.FIRST_WEIGHT]
    answers = firsts.mean().item() if len(firsts) else each.detach()[weight >= 1.0].mean().item()
    return (each * weight).sum() / weight.sum(), answers


def rate_factor(progress: Progress, goal: int, decay: float) -> float:
    """Warm-up over 60 steps, flat, then linear to zero over the last share `decay` of the tokens."""
    return min(1.0, (progress.steps + 1) / 60, max(0.0, (1 - progress.tokens / goal) / decay))


def optimizers(model: LlamaForCausalLM, recipe: Recipe, kind: str) -> list[torch.optim.Optimizer]:
    """AdamW for everything, or Muon for the matrices and AdamW for the rest."""
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    rest = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    if kind == "adamw":
        return [torch.optim.AdamW(matrices + rest, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.05, fused=True)]
    return [
        Muon(matrices, lr=recipe.rate, weight_decay=0.05),
        torch.optim.AdamW(rest, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]


def export(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write weights in bf16, settings and tokenizer; the folder changes in one rename."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.to(torch.bfloat16).save_pretrained(fresh)
    GenerationConfig(
        do_sample=False, max_new_tokens=96, pad_token_id=0, bos_token_id=1, eos_token_id=2
    ).save_pretrained(fresh)
    tokenizer.save_pretrained(fresh, save_jinja_files=False)
    settings = fresh / "tokenizer_config.json"
    kept = json.loads(settings.read_text(encoding="utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    settings.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    for file in fresh.iterdir():
        file.chmod(0o644)
    if (card := folder / "README.md").exists():
        shutil.copy(card, fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def keep(work: Path, model: LlamaForCausalLM, optims: list[torch.optim.Optimizer], progress: Progress) -> None:
    """Write the state that `--resume` reads."""
    state = {
        "model": model.state_dict(),
        "optims": [optim.state_dict() for optim in optims],
        "progress": asdict(progress),
    }
    torch.save(state, work / "state.tmp")
    (work / "state.tmp").replace(work / "state.pt")


class Team:
    """Workers that train one model together: each reads its own data, all step with the mean gradient.

    Counters travel behind the gradient in the same message, so that every worker knows the same totals.
    """

    def __init__(self, rank: int, size: int, meeting: str) -> None:
        self.rank, self.size = rank, size
        if size > 1:
            distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=size)

    def share(self, model: LlamaForCausalLM, counters: list[float]) -> list[float]:
        """Replace the gradients by their mean over the team; return the counters summed over the team."""
        if self.size == 1:
            return counters
        grads = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        message = torch.cat([*(grad.flatten() / self.size for grad in grads), torch.tensor(counters)])
        distributed.all_reduce(message)
        start = 0
        for grad in grads:
            grad.copy_(message[start : start + grad.numel()].view_as(grad))
            start += grad.numel()
        return message[start:].tolist()


def train(rank: int, args: argparse.Namespace, meeting: str) -> None:
    """Train as one worker of a team; the first one logs and keeps."""
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    recipe, goal = RECIPES[args.name], int(args.tokens)
    if args.rate:
        recipe = Recipe(**{**asdict(recipe), "rate": args.rate})
    work = WORK / (args.run or args.name)
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = tokens.load_or_train(WORK / "tokenizer.json", 7)
    model = build(recipe)
    optims = optimizers(model, recipe, args.optimizer)
    progress = Progress()
    if args.grow_from and not args.resume:
        state = torch.load(WORK / args.grow_from / "state.pt", weights_only=True)
        growth.grow(state["model"], model, args.seed)
        progress = Progress(copying=False, grown_tokens=state["progress"]["tokens"])
    if args.start_from and not args.resume:
        model.load_state_dict(
            LlamaForCausalLM.from_pretrained(HERE / args.start_from, dtype=torch.float32).state_dict()
        )
        progress = Progress(copying=False, grown_tokens=args.tokens_before)
    if args.resume:
        state = torch.load(work / "state.pt", weights_only=True)
        model.load_state_dict(state["model"])
        for optim, kept in zip(optims, state["optims"], strict=True):
            optim.load_state_dict(kept)
        progress = Progress(**state["progress"])

    team = Team(rank, args.workers, meeting)
    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked_to_stop.append(number))
    recent: list[float] = []
    began_wall, last_cpu = time.time() - progress.wall_s, time.process_time()
    for ids, weights in stream.batches(progress, recipe.batch_tokens, tokenizer, goal, f"{args.seed}:{rank}"):
        factor = rate_factor(progress, goal, args.decay)
        for optim in optims:
            for group in optim.param_groups:
                group["lr"] = recipe.rate * factor
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            loss, answers = loss_of(model, ids, weights)
        loss.backward()
        spent, last_cpu = time.process_time() - last_cpu, time.process_time()
        read, answers, spent, stop = team.share(model, [ids.numel(), answers, spent, len(asked_to_stop)])
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optim in optims:
            optim.step()
            optim.zero_grad(set_to_none=True)
        recent.append(answers / team.size)
        progress.steps += 1
        progress.tokens += int(read)
        progress.cpu_s += spent
        progress.wall_s = time.time() - began_wall
        if progress.copying:
            progress.copied_tokens = progress.tokens
            copied = len(recent) >= 20 and sum(recent[-20:]) / 20 < COPIED_NATS
            progress.copying = progress.tokens < recipe.copy_tokens and not copied
        done = progress.tokens >= goal or stop > 0
        if rank == 0 and (progress.steps % 50 == 0 or done):
            note(work, model, optims, progress, tokenizer, recent, every=args.every, done=progress.tokens >= goal)
            if stop:
                keep(work, model, optims, progress)
        recent = recent[-50:]
        if done:
            break


def note(
    work: Path,
    model: LlamaForCausalLM,
    optims: list[torch.optim.Optimizer],
    progress: Progress,
    tokenizer: PreTrainedTokenizerFast,
    recent: list[float],
    *,
    every: int,
    done: bool,
) -> None:
    """Log; every `every` steps and at the end also probe, keep the state and export."""
    line = asdict(progress) | {"answer_loss": round(sum(recent[-50:]) / len(recent[-50:]), 4)}
    if progress.steps % every == 0 or done:
        line |= choice_of_three(model, tokenizer, count=400 if done else 100)
        keep(work, model, optims, progress)
        export(model, tokenizer, work / "export")
    with (work / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def main() -> None:
    """Read the options and start the workers."""
    parser = argparse.ArgumentParser(description="Train one of the embedded models from scratch.")
    parser.add_argument("name", choices=sorted(RECIPES))
    parser.add_argument("--tokens", type=float, required=True, help="tokens to train on in all")
    parser.add_argument("--run", default="", help="name of the working folder; the model's by default")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--optimizer", choices=["adamw", "muon"], default="muon")
    parser.add_argument("--rate", type=float, default=0.0, help="learning rate instead of the recipe's")
    parser.add_argument("--decay", type=float, default=0.25, help="share of the tokens over which the rate falls")
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--every", type=int, default=600, help="steps between checkpoints")
    parser.add_argument("--grow-from", default="", help="working folder of a trained model of half the width")
    parser.add_argument("--start-from", default="", help="folder beside this file with trained weights to go on from")
    parser.add_argument("--tokens-before", type=int, default=0, help="tokens those weights were trained on")
    parser.add_argument("--workers", type=int, default=1, help="processes, one thread each")
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        meeting = f"file://{folder}/meeting"
        if args.workers == 1:
            train(0, args, meeting)
        else:
            multiprocessing.spawn(train, args=(args, meeting), nprocs=args.workers)


if __name__ == "__main__":
    main()
