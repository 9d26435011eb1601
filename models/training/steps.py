"""Process supervision for puzzles: state r should hold what has been found after r steps.

A training-only head reads the state after recursion r at the position that must name the answer, and predicts the
r-th word on the way (the boss, the boss's boss, ...; the answer itself once the steps are done). It suggests that
each recursion of the shared block does one more step. The exits are trained for the true answer only, so nothing
forbids a shallow exit to be right; the head is not exported.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class StepHead(nn.Module):
    """state [n, d] -> logits [n, V] through one matrix (identity at first) and the model's embedding [V, d]."""

    def __init__(self, size: int):
        super().__init__()
        self.project = nn.Linear(size, size, bias=False)
        nn.init.eye_(self.project.weight)

    def forward(self, states: list[Tensor], spans: list, embedding: Tensor) -> Tensor:
        """Mean loss over recursions and over the spans that know their steps; 0 where none does."""
        known = [span for span in spans if span.steps]
        if not known:
            return states[0].new_zeros(())
        device = states[0].device
        rows = torch.tensor([span.row for span in known], device=device)
        positions = torch.tensor([span.word for span in known], device=device)
        losses = []
        for recursion, state in enumerate(states):
            wanted = [span.steps[min(recursion, len(span.steps) - 1)] for span in known]
            x = F.rms_norm(state[rows, positions], (state.size(-1),))
            logits = F.linear(self.project(x), embedding).float()
            losses.append(F.cross_entropy(logits, torch.tensor(wanted, device=device)))
        return sum(losses) / len(losses)
