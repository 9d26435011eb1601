"""Who goes how deep: budgets, capacities, and the three rules that turn scores into depths.

Budget b in 0..1 is the share of the optional compute that is spent: the mean over recursions r = 2..R of the
capacity c_r, the fraction of all tokens that reach recursion r. The split is geometric, c_r = c^(r-1).
Depths are hierarchical: only tokens that reached r-1 can reach r. Scores are [B, T, R-1], depths [B, T] in 1..R.
"""

import math

import torch
from torch import Tensor


def capacities(budget: float, recursions: int) -> list[float]:
    """Budget -> [c_2 .. c_R] with c_r = c^(r-1) and mean equal to the budget (c by bisection)."""
    optional = recursions - 1
    if budget <= 0 or budget >= 1 or optional == 1:
        return [float(min(max(budget, 0), 1))] * optional
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if sum(middle**k for k in range(1, recursions)) / optional < budget:
            low = middle
        else:
            high = middle
    return [low**k for k in range(1, recursions)]


def draw_capacities(rows: int, recursions: int, full_share: float, generator=None) -> Tensor:
    """Random budgets for training, one per row -> [rows, R-1], non-increasing along each row.

    A share of the rows is trained at full depth; in the others c_2 is uniform in 0..1 and every further
    capacity a uniform fraction of the one before.
    """
    fractions = torch.rand(rows, recursions - 1, generator=generator)
    full = torch.rand(rows, generator=generator) < full_share
    fractions[full] = 1.0
    return fractions.cumprod(dim=1)


def expert_choice(scores: Tensor, caps: Tensor, real: Tensor | None = None) -> Tensor:
    """Training rule: per row, the highest-scored c_r * T tokens of those that reached r-1 go on to r.

    Looks at the whole row, so it is not causal (arXiv 2507.10524, section 2.2.1). caps [B, R-1]; real [B, T]
    marks what is not padding (all, where not given): padding stays at depth 1 and does not count in T.
    """
    rows, length, optional = scores.shape
    depth = torch.ones(rows, length, dtype=torch.long, device=scores.device)
    alive = torch.ones_like(depth, dtype=torch.bool) if real is None else real
    size = alive.sum(dim=1, keepdim=True)
    for index in range(optional):
        score = scores[..., index].masked_fill(~alive, -math.inf)
        rank = score.argsort(dim=1, descending=True).argsort(dim=1)
        alive = alive & (rank < (caps[:, index, None] * size).round())
        depth += alive
    return depth


def threshold_rule(scores: Tensor, thresholds: list[float]) -> Tensor:
    """Generation rule: a token goes on to r if it reached r-1 and its score is at least threshold[r]. Causal."""
    alive = torch.ones(scores.shape[:2], dtype=torch.bool, device=scores.device)
    depth = alive.long()
    for index, threshold in enumerate(thresholds):
        alive = alive & (scores[..., index] >= threshold)
        depth += alive
    return depth


def random_rule(shape: tuple[int, int], caps: list[float], seed: int = 7) -> Tensor:
    """The yardstick: tokens chosen by lot at the same capacities."""
    generator = torch.Generator().manual_seed(seed)
    alive = torch.ones(shape, dtype=torch.bool)
    depth = alive.long()
    previous = 1.0
    for cap in caps:
        alive = alive & (torch.rand(shape, generator=generator) < cap / max(previous, 1e-9))
        previous = cap
        depth += alive
    return depth


def calibrated_thresholds(scores: Tensor, caps: list[float]) -> list[float]:
    """Thresholds at which the threshold rule spends the given capacities on these scores [N, R-1].

    A capacity of 0 gives +inf (nobody), of 1 gives -inf (everybody).
    """
    count = scores.size(0)
    alive = torch.ones(count, dtype=torch.bool)
    result = []
    for index, cap in enumerate(caps):
        wanted = round(cap * count)
        ordered = scores[alive, index].sort(descending=True).values
        if wanted <= 0 or len(ordered) == 0:
            threshold = math.inf
        elif wanted >= count:
            threshold = -math.inf
        else:
            threshold = ordered[min(wanted, len(ordered)) - 1].item()
        result.append(threshold)
        alive = alive & (scores[:, index] >= threshold)
    return result
