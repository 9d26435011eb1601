"""Train a dense Llama into an elastic model: one GPU, or the CPU. The same command goes on from its checkpoint.

python train.py --dense HF --data ROWS --run RUN --form exits --first 1 --block 5 --recursions 4 --last 9 --seconds 560
python train.py --dense HF --data ROWS --run RUN --form tied --first 5 --block 8 --recursions 3 --last 11 --steps 1600

Schedules follow the clock (--seconds) or the steps (--steps). A checkpoint is written at the end, every --save minutes
and at SIGTERM or SIGINT. AdamW; the rate rises for 3 % of the run and falls to zero. From --grid-from of the run on the
weights used are moved onto the grid of --bits, over a tenth of it (grid.py).

RUN/checkpoint.pt, RUN/training.json (sizes, recipe, what was done), RUN/log.jsonl
"""

import argparse
import json
import signal
import time
from pathlib import Path

import torch
from torch import Tensor

import layers
import losses
from objective import COUNT_STEPS, RECIPES
from run import Run

EVERY = 20  # steps a line of the log


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("dense", "data", "run"):
        parser.add_argument(f"--{name}", type=Path, required=name != "data")
    parser.add_argument("--form", choices=RECIPES, default="exits")
    for name, value in (("first", 1), ("block", 5), ("recursions", 4), ("last", 9)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--router", type=int, default=128, help="width of the routers' hidden layer")
    parser.add_argument("--context", type=int, default=2048, help="positions of the new model, at most the dense one's")
    parser.add_argument("--bits", type=int, choices=(4, 8), default=4)
    parser.add_argument("--grid-from", type=float, default=0.35)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--rows", type=int, help="rows a step; 64 on a GPU of more than 100 GB, 32 on a smaller one")
    parser.add_argument("--tokens", type=int, default=1024, help="tokens of a row")
    parser.add_argument("--rate", type=float, help="of AdamW, instead of the recipe's")
    parser.add_argument("--chunk", type=int, default=8192, help="tokens whose logits are held at a time")
    parser.add_argument("--save", type=float, default=10, help="minutes between checkpoints")
    parser.add_argument("--threads", type=int, help="of the CPU")
    parser.add_argument("--eager", action="store_true", help="compile nothing")
    parser.add_argument("--smoke", action="store_true", help="random weights and rows, every shape once, for --seconds")
    args = parser.parse_args()
    if args.seconds is None and args.steps is None:
        parser.error("how long? --seconds or --steps")
    if args.data is None and not args.smoke:
        parser.error("--data is missing")
    return args


def compile_kernels() -> None:
    torch._dynamo.config.cache_size_limit = 128
    torch._dynamo.config.accumulated_cache_size_limit = 512
    layers.Kernel.layer = staticmethod(torch.compile(layers.layer_forward, dynamic=False))
    losses.Kernel.head = staticmethod(torch.compile(losses.head_gradient, dynamic=False))


def eager_kernels() -> None:
    layers.Kernel.layer = staticmethod(layers.layer_forward)
    losses.Kernel.head = staticmethod(losses.head_gradient)


class Log:
    """Means of `EVERY` steps, a line each; lines after the checkpoint gone on from are dropped."""

    def __init__(self, run: Run, file: Path):
        self.run, self.file, self.kept = run, file, []
        lines = file.read_text().splitlines() if file.exists() else []
        file.write_text("".join(f"{line}\n" for line in lines if json.loads(line)["step"] <= run.step))
        self.last = (run.step, run.seconds)

    def add(self, said: dict[str, Tensor]) -> None:
        self.kept.append(said)
        if self.run.step % EVERY and self.run.device == "cuda":
            return
        run, (step, seconds) = self.run, self.last
        a_step = run.plan.rows * run.args.tokens
        line = {"step": run.step, "seconds": round(run.seconds, 1), "tokens": run.step * a_step}
        if run.seconds > seconds:
            line["tokens_per_second"] = round((run.step - step) * a_step / (run.seconds - seconds))
        line |= {name: round(torch.stack([each[name] for each in self.kept]).mean().item(), 4) for name in said}
        self.kept, self.last = [], (run.step, run.seconds)
        with self.file.open("a") as file:
            file.write(json.dumps(line) + "\n")
        if run.step % (5 * EVERY) == 0 or run.step <= EVERY or run.device == "cpu":
            print(line, flush=True)


def main() -> None:
    args = options()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.backends.cuda.matmul.allow_tf32 = True
    args.run.mkdir(parents=True, exist_ok=True)
    run = Run(args)
    if not args.smoke:
        run.go_on()
    print(f"{run.device}; {run.plan.rows} rows of {args.tokens}; step {run.step}; layers {run.sources}", flush=True)
    stop = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.append(1))
    if run.device == "cuda" and not args.eager:
        compile_kernels()
    if args.smoke:
        every_shape(run)
    log = Log(run, args.run / "log.jsonl")
    before, saved, first = time.monotonic(), time.monotonic(), True
    while run.progress() < 1 and not stop:
        said = first_step(run) if first else run.take_step()
        now = time.monotonic()
        run.seconds += 0.0 if first else now - before  # the first step compiles
        before, first = now, False
        log.add(said)
        if now - saved > args.save * 60:
            run.save()
            saved = before = time.monotonic()
    if run.device == "cuda":
        print("memory, GB", round(torch.cuda.max_memory_allocated() / 1e9, 1))
    run.save()
    print(f"{run.step} steps, {run.seconds:.0f} s{', stopped' if stop and run.progress() < 1 else ''}", flush=True)


def first_step(run: Run) -> dict[str, Tensor]:
    """A step, without compiled kernels where they fail: a machine lent for minutes allows no second try."""
    try:
        return run.take_step()
    except Exception as error:
        if run.device == "cpu" or run.args.eager:
            raise
        print("compiling failed, going on without:", repr(error)[:600], flush=True)
        eager_kernels()
        run.optimizer.zero_grad(set_to_none=True)
        return run.take_step()


def every_shape(run: Run) -> None:
    """Steps with every number of tokens that draw_counts gives: fills the compiler's cache."""
    eighth = max(1, run.args.tokens // COUNT_STEPS)
    for most in range(1, COUNT_STEPS):
        run.take_step([max(1, most - r) * eighth for r in range(run.model.shape.recursions - 1)])
    print("every shape compiled", flush=True)


if __name__ == "__main__":
    main()
