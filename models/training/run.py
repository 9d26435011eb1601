"""A model on its way: its steps, and the checkpoint that they go on from."""

import argparse
import json
import os
import random
from dataclasses import asdict

import torch
from torch import Tensor

from batches import Batch, Batches, Plan, random_sources, read_sources
from dense import DenseShape, random_dense, read_dense
from grid import grid_for
from layers import matrices, move
from model import Elastic, retrofit
from objective import RECIPES, draw_counts, step_loss
from shape import Shape

WARM_UP = 0.03  # of the run
ONTO_GRID = 0.1  # of the run, from --grid-from on
EMBEDDING_RATE, ROUTER_RATE = 0.4, 2e-3  # the first as a share of the recipe's


def shape_from(args: argparse.Namespace, dense: DenseShape) -> Shape:
    same = ("vocab", "hidden", "inner", "heads", "kv_heads", "head_dim", "theta", "eps")
    own = {name: getattr(args, name) for name in ("form", "first", "block", "recursions", "last", "router")}
    return Shape(**own, **{name: getattr(dense, name) for name in same}, context=min(args.context, dense.context))


def optimizer(model: Elastic, rate: float) -> torch.optim.AdamW:
    groups: dict[str, list] = {"matrices": [], "embedding": [], "vectors": [], "routers": []}
    for name, parameter in model.named_parameters():
        kinds = {"routers": name.startswith("routers"), "embedding": "embed" in name, "vectors": "norm" in name}
        groups[next((kind for kind, fits in kinds.items() if fits), "matrices")].append(parameter)
    rates = {"matrices": rate, "embedding": rate * EMBEDDING_RATE, "vectors": rate, "routers": ROUTER_RATE}
    decay = {"matrices": 0.05}
    settings = [
        {"params": parameters, "lr": rates[kind], "peak": rates[kind], "weight_decay": decay.get(kind, 0.0)}
        for kind, parameters in groups.items()
    ]
    return torch.optim.AdamW(settings, betas=(0.9, 0.95), fused=next(model.parameters()).is_cuda)


def rate_at(progress: float) -> float:
    """Share of the peak rate."""
    if progress <= WARM_UP:
        return min(1.0, progress / WARM_UP + 0.02)
    return max(0.01, 1 - (progress - WARM_UP) / (1 - WARM_UP))


class Run:
    """A model on its way, with all that a checkpoint needs."""

    def __init__(self, args: argparse.Namespace):
        self.args = args
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
        dense = random_dense(args.dense) if args.smoke else read_dense(args.dense)
        shape = shape_from(args, dense.shape)
        for name, matrix in matrices(dense).items():
            grid_for(name, args.bits).check(name, matrix.weight.size(1))
        torch.manual_seed(0)
        self.sources = shape.sources(dense.shape.layers)
        self.model = retrofit(dense, shape).to(self.device)
        self.teacher = dense.to(self.device, self.dtype)
        self.recipe = RECIPES[args.form]
        self.optimizer = optimizer(self.model, args.rate or self.recipe.rate)
        self.plan = Plan(args.rows or default_rows(self.device))
        data = random_sources(shape.vocab) if args.smoke else read_sources(args.data)
        self.batches = Batches(data, self.plan, args.tokens)
        self.share = torch.zeros((), device=self.device)
        self.step, self.seconds = 0, 0.0

    def progress(self) -> float:
        """0..1: of the clock or of the steps, whichever is further."""
        ends = (self.seconds, self.args.seconds), (self.step, self.args.steps)
        return max(done / end for done, end in ends if end)

    def take_step(self, counts: list[int] | None = None) -> dict[str, Tensor]:
        progress = self.progress()
        batch = self.batches.draw(self.step, progress)
        batch = Batch(*(part.to(self.device, non_blocking=True) for part in vars(batch).values()))
        recursions = self.model.shape.recursions
        counts = counts or draw_counts(recursions, self.args.tokens, random.Random(self.step))
        self.share.fill_(min(1.0, max(0.0, (progress - self.args.grid_from) / ONTO_GRID)))
        move(self.model, self.args.bits, self.share)  # at share 0 too: one graph is compiled, not two
        loss, said = step_loss(self.model, self.teacher, batch, self.plan, self.recipe, counts, self.args.chunk)
        loss.backward()
        said["gradient"] = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate_at(progress)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return said

    def save(self) -> None:
        """Whole or not at all: a file beside it takes its place."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "batches": self.batches.state,
            "step": self.step,
            "seconds": self.seconds,
        }
        torch.save(state, self.args.run / "checkpoint.new")
        os.replace(self.args.run / "checkpoint.new", self.args.run / "checkpoint.pt")
        first, recursions, last = self.sources
        tokens = self.step * self.plan.rows * self.args.tokens
        about = {
            "bits": self.args.bits,
            "steps": self.step,
            "tokens": tokens,
            "seconds": round(self.seconds),
            "layers": [first, recursions, last],
            "device": torch.cuda.get_device_name() if self.device == "cuda" else "cpu",
            "recipe": asdict(self.recipe),
            "shape": asdict(self.model.shape),
        }
        (self.args.run / "training.json").write_text(json.dumps(about, indent=1))

    def go_on(self) -> None:
        file = self.args.run / "checkpoint.pt"
        if not file.exists():
            return
        state = torch.load(file, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.batches.go_on(state["batches"])
        self.step, self.seconds = state["step"], state["seconds"]


def default_rows(device: str) -> int:
    large = device == "cuda" and torch.cuda.get_device_properties(0).total_memory > 100e9
    return 64 if large else 32
