"""Muon for the layers' matrices, AdamW for the rest, and the learning rate over a run.

Muon (Jordan et al. 2024; scaled to AdamW's update size as in arXiv 2502.16982): orthogonalised momentum.
"""

from dataclasses import dataclass

import torch
from torch import nn

from model import ElasticMoR


@dataclass(frozen=True)
class Schedule:
    """Warm-up, constant, then a linear fall to `floor` over the last `anneal` steps."""

    steps: int
    anneal: int
    warmup: int = 100
    floor: float = 0.02

    def annealing(self, step: int) -> bool:
        return step >= self.steps - self.anneal

    def scale(self, step: int) -> float:
        """Factor on the base rates at a step counted from 0."""
        rise = min(1.0, (step + 1) / self.warmup) if self.warmup else 1.0
        if not self.annealing(step):
            return rise
        return rise * max(self.floor, (self.steps - step) / self.anneal)


class Optimizers:
    """The optimizers behind one step, `helper` being what only training needs; state can be saved and restored."""

    def __init__(self, model: ElasticMoR, helper: nn.Module, rate: float, muon_rate: float):
        matrices, tables, vectors = [], [], []
        for name, parameter in model.named_parameters():
            if "norm" in name or parameter.dim() < 2:
                vectors.append(parameter)
            elif name.startswith(("first_layer", "block", "last_layer")) and parameter.dim() == 2:
                matrices.append(parameter)
            else:
                tables.append(parameter)
        groups = [{"params": tables, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
        self.parts = [
            torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), fused=True),
            torch.optim.Muon(
                matrices, lr=muon_rate, weight_decay=0.1, momentum=0.95, nesterov=True,
                adjust_lr_fn="match_rms_adamw",
            ),
            torch.optim.AdamW(helper.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.0),
        ]  # fmt: skip
        self.rates = [rate, muon_rate, rate]

    def step(self, scale: float) -> None:
        for part, rate in zip(self.parts, self.rates):
            for group in part.param_groups:
                group["lr"] = rate * scale
            part.step()

    def state_dict(self) -> list[dict]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        for part, state in zip(self.parts, states):
            part.load_state_dict(state)
