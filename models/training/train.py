"""Train an elastic Mixture-of-Recursions: one process, CPU or one GPU, resumable to the bit on the CPU.

python train.py --tokens DIR/tokens --run DIR/run --config small.json --steps 8000 --anneal 2500
python train.py --tokens DIR/tokens --run DIR/run --start ../default --steps 8000 --anneal 2500

Schedules count steps, so the process may be stopped (kill -STOP) and continued at any time. It writes its id to
RUN/train.pid and a checkpoint every few minutes and on SIGTERM; started again with the same --run it goes on from
there. --steps and --anneal may be changed then: the fall of the rate is the only thing that depends on the end.
"""

import argparse
import json
import os
import random
import signal
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from batches import Part, PuzzleSource, TextSource
from folder import load_model
from losses import Objective, PartResult, total_loss
from model import ElasticMoR, ModelConfig
from optimizer import Optimizers, Schedule
from puzzles import KINDS
from steps import StepHead

CHECKPOINT_SECONDS = 300
LOG_EVERY = 20


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=Path, required=True, help="folder written by prepare.py")
    parser.add_argument("--run", type=Path, required=True, help="checkpoint, log and config go here")
    parser.add_argument("--config", type=Path, help="sizes of a new model (JSON of ModelConfig)")
    parser.add_argument("--start", type=Path, help="a model folder to start from")
    parser.add_argument("--recursions", type=int, help="with --start: more recursions than the folder has")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--anneal", type=int, required=True, help="steps of falling rate, on the chat mix")
    parser.add_argument("--warmup", type=int, default=100)
    parser.add_argument("--rate", type=float, default=1e-3, help="AdamW: embeddings, norms, routers")
    parser.add_argument("--muon-rate", type=float, default=1.5e-3, help="Muon: the layers' matrices")
    parser.add_argument("--text-rows", type=int, default=6)
    parser.add_argument("--length", type=int, default=256, help="tokens of a text row")
    parser.add_argument("--puzzle-rows", type=int, default=6)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, help="of puzzles (all)")
    parser.add_argument("--puzzle-weight", type=float, default=1.0, help="of the puzzles' loss, text has 1")
    parser.add_argument("--step-weight", type=float, default=0.5, help="of the loss on a puzzle's steps")
    parser.add_argument("--full-share", type=float, default=0.35, help="share of rows at full depth")
    parser.add_argument("--deep-weight", type=float, default=0.2, help="weight of the loss at every exit")
    parser.add_argument("--falling-weight", type=float, default=0.0, help="against exits worse than the one before")
    parser.add_argument("--text-probe", type=float, default=0.25, help="share of text rows whose every exit is seen")
    parser.add_argument("--seconds", type=float, help="stop (and checkpoint) after this long, for legs on a GPU")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--float32", action="store_true", help="no bfloat16 arithmetic (weights always are float32)")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--note", default="Trained from scratch.", help="a sentence for the card: what it began from")
    return parser.parse_args()


def new_model(args: argparse.Namespace) -> ElasticMoR:
    """The model at step 0: from a folder, or of given sizes with random weights."""
    if args.start:
        return load_model(args.start, args.recursions)
    return ElasticMoR(ModelConfig.load(args.config) if args.config else ModelConfig())


class Trainer:
    """Everything that a run needs to go on: model, optimizers, sources of data, step, tokens and seconds spent."""

    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(args.seed)
        self.checkpoint = args.run / "checkpoint.pt"
        saved = None
        if self.checkpoint.exists():
            saved = torch.load(self.checkpoint, map_location="cpu", weights_only=False)
        model = ElasticMoR(ModelConfig(**saved["config"])) if saved else new_model(args)
        self.model = model.to(self.device).train()
        self.steps = StepHead(self.model.config.hidden_size).to(self.device)
        self.optimizers = Optimizers(self.model, self.steps, args.rate, args.muon_rate)
        tokenizer = Tokenizer.from_file(str(args.tokens / "tokenizer.json"))
        self.text = TextSource(args.tokens, args.length, args.seed)
        self.puzzles = PuzzleSource(tokenizer, args.seed, args.kinds)
        self.schedule = Schedule(args.steps, args.anneal, args.warmup)
        weights = args.deep_weight, args.full_share, args.puzzle_weight, args.step_weight, args.falling_weight
        self.objective = Objective(*weights, text_probe=args.text_probe)
        self.loss = torch.compile(total_loss) if args.compile else total_loss
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        if saved:
            self.restore(saved)

    def restore(self, saved: dict) -> None:
        self.model.load_state_dict(saved["model"])
        self.optimizers.load_state_dict(saved["optimizers"])
        self.steps.load_state_dict(saved["steps"])
        self.step, self.tokens, self.seconds = saved["step"], saved["tokens"], saved["seconds"]
        self.text.rng.bit_generator.state = saved["text_rng"]
        self.puzzles.rng.setstate(saved["puzzle_rng"])
        self.puzzles.curriculum.cap = saved["curriculum"]["cap"]
        self.puzzles.curriculum.right = saved["curriculum"]["right"]
        torch.set_rng_state(saved["torch_rng"])

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        state = {
            "config": self.model.config.as_dict(),
            "model": self.model.state_dict(),
            "steps": self.steps.state_dict(),
            "optimizers": self.optimizers.state_dict(),
            "step": self.step,
            "tokens": self.tokens,
            "seconds": self.seconds,
            "text_rng": self.text.rng.bit_generator.state,
            "puzzle_rng": self.puzzles.rng.getstate(),
            "curriculum": vars(self.puzzles.curriculum),
            "torch_rng": torch.get_rng_state(),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.checkpoint)
        self.describe()

    def describe(self) -> None:
        """training.json: the figures that the card needs."""
        machine = torch.cuda.get_device_name() if self.device == "cuda" else f"{self.args.threads} CPU threads"
        figures = {"description": self.args.note, "machine": machine, "steps": self.step, "tokens": self.tokens}
        figures["seconds"] = round(self.seconds)
        (self.args.run / "training.json").write_text(json.dumps(figures, indent=1))

    def draw(self) -> tuple[Part, Part | None]:
        """The text and the puzzle rows of the next step."""
        text = self.text.batch(self.args.text_rows, self.schedule.annealing(self.step))
        puzzle = self.puzzles.batch(self.args.puzzle_rows) if self.args.puzzle_rows else None
        return text, puzzle

    def train_step(self) -> tuple[Tensor, list[PartResult]]:
        text, puzzle = self.draw()
        self.tokens += int(text.real.sum()) + (int(puzzle.real.sum()) if puzzle else 0)
        on_device = text.to(self.device), puzzle.to(self.device) if puzzle else None
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=not self.args.float32):
            loss, results = self.loss(self.model, self.steps, *on_device, self.objective)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizers.step(self.schedule.scale(self.step))
        self.step += 1
        if puzzle:
            self.mark(puzzle, results[1])
        return loss.detach(), results

    def mark(self, puzzle: Part, result: PartResult) -> None:
        """Mark the deepest exit's answers: this is what moves the curriculum."""
        right = result.deepest_tokens.cpu() == puzzle.targets
        for span in puzzle.spans:
            answered = bool(right[span.row, span.start : span.end].all())
            self.puzzles.curriculum.record(span.kind, span.level, answered)


class Log:
    """Means over some steps, one JSON line each."""

    def __init__(self, path: Path):
        self.file = open(path, "a")
        self.rows: list[list[float]] = []

    def add(self, results: list[PartResult]) -> None:
        self.rows.append([float(v.detach()) for result in results for v in (result.mixed, *result.exits)])

    def write(self, trainer: Trainer) -> None:
        means = [round(sum(column) / len(column), 4) for column in zip(*self.rows)]
        each = trainer.model.config.num_recursions + 1
        names = ("text", "puzzles")
        curriculum = trainer.puzzles.curriculum
        line = {
            "step": trainer.step,
            "tokens": trainer.tokens,
            "seconds": round(trainer.seconds),
            **{name: means[i * each : (i + 1) * each] for i, name in enumerate(names) if means[i * each :]},
            "levels": {kind: [cap, round(curriculum.right[kind], 2)] for kind, cap in curriculum.cap.items()},
        }
        self.file.write(json.dumps(line) + "\n")
        self.file.flush()
        print(line, flush=True)
        self.rows = []


def main() -> None:
    args = parse_arguments()
    torch.set_num_threads(args.threads)
    random.seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    (args.run / "train.pid").write_text(str(os.getpid()))
    trainer = Trainer(args)
    (args.run / "arguments.json").write_text(json.dumps(vars(args), default=str, indent=1))
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    log = Log(args.run / "log.jsonl")
    begun = saved = time.monotonic()
    while trainer.step < args.steps and not stop:
        start = time.monotonic()
        _, results = trainer.train_step()
        trainer.seconds += min(time.monotonic() - start, 60.0)  # a stop in between is not training time
        log.add(results)
        if trainer.step % LOG_EVERY == 0:
            log.write(trainer)
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            trainer.save()
            saved = time.monotonic()
        if args.seconds is not None and time.monotonic() - begun > args.seconds:
            break
    trainer.save()
    print(f"stopped at step {trainer.step}, {trainer.tokens} tokens, {trainer.seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
