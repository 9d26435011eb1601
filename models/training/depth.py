"""How deep each token goes: capacities for a budget, expert choice while training, thresholds while generating.

Recursion 1 is run by every token. Router r - 1 reads the state after recursion r - 1 and says who goes on to r.
A budget in 0..1 is the share of recursions 2..R that are run, so a token's mean depth is 1 + budget (R - 1).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

NEVER = 1e4  # a score that no router gives

# (router's index, scores [B, T], tokens still going on [B, T]) -> tokens that clear this router [B, T]
Choose = Callable[[int, Tensor, Tensor], Tensor]


def capacities(budget: float, recursions: int) -> list[float]:
    """Share of all tokens that reach recursion 2..R: falling geometrically, their mean is the budget."""
    routers = recursions - 1
    if budget <= 0 or budget >= 1 or routers == 1:
        return [float(min(max(budget, 0), 1))] * routers
    low, high = 0.0, 1.0
    for _ in range(60):
        ratio = (low + high) / 2
        mean = sum(ratio**k for k in range(1, recursions)) / routers
        low, high = (ratio, high) if mean < budget else (low, ratio)
    return [low**k for k in range(1, recursions)]


def threshold(scores: Tensor, capacity: float, total: int) -> float:
    """The score that lets `capacity` of `total` tokens on. scores [n]: of the tokens still going on.

    Half way between the last score that clears it and the first that does not, so rounding moves no token. Infinite at
    capacities 0 and 1 only, where calibration.json leaves it out.
    """
    if capacity <= 0 or capacity >= 1:
        return math.inf if capacity <= 0 else -math.inf
    if len(scores) == 0:
        return NEVER
    ordered = scores.sort(descending=True).values
    last = min(round(capacity * total), len(ordered))
    above = ordered[last - 1] if last > 0 else ordered[0] + 1
    below = ordered[last] if last < len(ordered) else ordered[-1] - 1
    return (above.item() + below.item()) / 2


def by_thresholds(thresholds: list[float]) -> Choose:
    """As the app generates: a token's own score decides, whatever other tokens do."""
    return lambda router, scores, alive: scores >= thresholds[router]


def by_lot(shares: list[float], generator: torch.Generator) -> Choose:
    """At random: the yardstick of a router. shares: capacities of recursions 2..R."""

    def choose(router: int, scores: Tensor, alive: Tensor) -> Tensor:
        before = shares[router - 1] if router else 1.0
        drawn = torch.rand(scores.shape, generator=generator).to(scores.device)
        return drawn < shares[router] / max(before, 1e-9)

    return choose


def by_rank(counts: list[int]) -> Choose:
    """Expert choice (arXiv 2202.09368): of every row the `counts[router]` tokens of the highest scores."""

    def choose(router: int, scores: Tensor, alive: Tensor) -> Tensor:
        best = scores.masked_fill(~alive, -math.inf).topk(counts[router], 1).indices
        return torch.zeros_like(alive).scatter(1, best, True)

    return choose
