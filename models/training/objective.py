"""The loss of one step: rows at full depth and rows at drawn capacities, every exit on some, and the routers."""

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from batches import Batch, Plan
from dense import Dense
from losses import HeadLoss, router_loss
from model import Elastic

COUNT_STEPS = 8  # capacities are eighths of a row, so that few shapes are compiled


@dataclass(frozen=True)
class Recipe:
    """distill: weight of KL(teacher || student) on text, the rest is cross-entropy; puzzles have cross-entropy only.

    exits: weight of all shallower exits together, of the probed rows; puzzles: weight of their rows against the text's.
    """

    distill: float
    exits: float
    puzzles: float
    rate: float


RECIPES = {"tied": Recipe(0.8, 0.4, 0.5, 1e-3), "exits": Recipe(0.85, 0.6, 0.3, 6e-4)}


def draw_counts(recursions: int, tokens: int, draw: random.Random) -> list[int]:
    """Tokens of a row that reach recursion 2..R: eighths of it, never rising, the most seven of them; half the time as
    geometric as the slider's capacities."""
    if draw.random() < 0.5:
        ratio = draw.uniform(0.15, 0.95)
        shares = [ratio**k for k in range(1, recursions)]
    else:
        shares = sorted((draw.random() for _ in range(recursions - 1)), reverse=True)
    eighths, most = [], COUNT_STEPS - 1
    for share in shares:
        most = min(most, max(1, round(share * COUNT_STEPS)))
        eighths.append(most)
    return [count * max(1, tokens // COUNT_STEPS) for count in eighths]


def token_weights(batch: Batch, recipe: Recipe) -> Tensor:
    """[B, T]: text rows weigh 1 together, puzzles' counted tokens `recipe.puzzles`."""
    puzzle = batch.puzzle[:, None]
    texts = (batch.counted & ~puzzle).sum().clamp(min=1)
    answers = (batch.counted & puzzle).sum().clamp(min=1)
    return torch.where(puzzle, recipe.puzzles / answers, 1 / texts) * batch.counted


def mean_of(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)


def step_loss(
    model: Elastic, teacher: Dense, batch: Batch, plan: Plan, recipe: Recipe, counts: list[int], chunk: int
) -> tuple[Tensor, dict[str, Tensor]]:
    """-> loss, and what the log says of the step."""
    dtype = teacher.head().dtype
    recursions, full, probed = model.shape.recursions, plan.full, plan.probed
    target = teacher.hidden(batch.inputs)
    state, written = model.begin(batch.inputs, dtype)

    def some(part: slice) -> tuple[Tensor, list]:
        return state[part], [(keys[part], values[part]) for keys, values in written]

    states = model.deep(*some(slice(full)))
    routed = model.chosen(*some(slice(full, None)), counts)
    ended = model.tail(torch.cat([states[-1], routed] + [each[probed] for each in states[:-1]]))

    def with_exits(values: Tensor) -> Tensor:
        """Of all rows, then of the probed ones once for each shallower exit."""
        return torch.cat([values] + [values[probed]] * (recursions - 1))

    weights = token_weights(batch, recipe)
    exits = weights[probed] / weights[probed].sum().clamp(min=1e-9) * (1 + recipe.puzzles)
    weights = torch.cat([weights] + [exits * recipe.exits / (recursions - 1)] * (recursions - 1))
    puzzle = batch.puzzle[:, None].expand_as(batch.counted)
    distill = with_exits(torch.where(puzzle, 0.0, recipe.distill))
    text = with_exits(torch.where(puzzle, 1.0, 1 - recipe.distill))
    loss, kl, ce = HeadLoss.apply(
        ended.flatten(0, 1),
        model.head(),
        with_exits(target).flatten(0, 1),
        teacher.head(),
        with_exits(batch.targets).flatten(),
        (weights * distill).flatten(),
        (weights * text).flatten(),
        chunk,
    )
    kl, ce = kl.view(weights.shape), ce.view(weights.shape)
    judged = distill * kl + text * ce
    at_exits = judged[len(batch.inputs) :].unflatten(0, (recursions - 1, -1))
    gains = (at_exits - judged[probed]).movedim(0, -1) * batch.counted[probed][..., None]
    scores = torch.stack([router(each[probed]) for router, each in zip(model.routers, states)], -1)
    routers = router_loss(scores.flatten(0, 1), gains.flatten(0, 1))

    texts, puzzles = batch.counted & ~puzzle, batch.counted & puzzle
    rows = len(batch.inputs)
    said = {"routers": routers}
    for name, part in (("full", slice(full)), ("routed", slice(full, rows))):
        said[f"kl_{name}"] = mean_of(kl[part], texts[part])
        said[f"ce_{name}"] = mean_of(ce[part], texts[part])
        said[f"puzzles_{name}"] = mean_of(ce[part], puzzles[part])
    for r, exit_kl in enumerate(kl[rows:].unflatten(0, (recursions - 1, -1)), 1):
        said[f"kl_exit_{r}"] = mean_of(exit_kl, texts[probed])
    return loss + routers, {name: value.detach() for name, value in said.items()}
