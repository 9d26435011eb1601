"""The training objective of an elastic Mixture-of-Recursions.

total = mixed + deep_weight * exits + falling_weight * rise + router + step_weight * steps

mixed   each row at its own random budget, depths by expert choice on the router's scores;
exits   a few rows with everybody at depth r, mean over r = 1..R: every exit stays usable (LayerSkip, 2404.16710);
rise    what an exit loses against the one before it, hinged, among tokens of like router score: those groups are
        what one more step of the budget sends deeper, so no such step may make the loss rise;
router  binary cross-entropy towards the rank, 0..1 over those rows, of the loss that going deeper saves.
        The score is then ordered by need, its quantiles are capacities, and a budget is a threshold.
steps   for puzzles: the state after recursion r names what has been found after r steps (steps.py).

Running text and puzzles are separate parts; each part's loss is a mean over its counted targets, and the parts
are weighted, so that the few answer tokens of a puzzle are not drowned by text.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from batches import Part
from depth import draw_capacities, expert_choice
from model import ElasticMoR
from steps import StepHead


SCORE_GROUPS = 4  # of tokens ordered by a router's score
LEAST_GAIN = 0.01  # nats that each recursion should save in each group


@dataclass(frozen=True)
class Objective:
    """Weights of the objective."""

    deep_weight: float = 0.2
    full_share: float = 0.35  # rows trained at full depth
    puzzle_weight: float = 1.0  # of the puzzles' mean loss, against 1 for the text's; most answer tokens are easy
    step_weight: float = 0.5
    falling_weight: float = 0.0  # for the end of a training: from scratch it costs more than it brings (README)
    text_probe: float = 0.25  # share of the text rows whose every exit is looked at; puzzles: all


@dataclass
class PartResult:
    """Losses of one part (scalars); scores and gains [b, T, R-1] of the b probed rows."""

    mixed: Tensor
    exits: list[Tensor]
    rise: Tensor
    scores: Tensor
    gains: Tensor
    real: Tensor
    states: list[Tensor]  # of all rows
    deepest_tokens: Tensor  # [b, T], -1 where not counted; filled for puzzles only


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp(min=1)


def saved_loss(exits: tuple[Tensor, ...], counted: Tensor) -> Tensor:
    """What going on from each exit to the deepest saves, [b, T, R-1]; nothing where no target is counted.

    Not the next recursion alone: a token that only recursion 3 helps must not stop at 1.
    """
    gains = torch.stack([each - exits[-1] for each in exits], dim=-1)[..., :-1]
    return gains.detach() * counted[..., None]


def rise(exits: tuple[Tensor, ...], scores: Tensor, counted: Tensor) -> Tensor:
    """Mean over recursions 2..R and score groups of how far the group's mean gain falls short of LEAST_GAIN.

    exits: R losses [b, T]; scores [b, T, R-1]. The shallower exit is only a yardstick: nothing makes it worse.
    """
    short = []
    for index, (shallow, deep) in enumerate(zip(exits, exits[1:])):
        order = scores[..., index].detach()[counted].argsort()
        change = (deep - shallow.detach())[counted][order]
        groups = [group for group in change.tensor_split(SCORE_GROUPS) if len(group)]
        short += [F.relu(group.mean() + LEAST_GAIN) for group in groups]
    return torch.stack(short).mean() if short else exits[0].new_zeros(())


def rank_targets(gains: Tensor) -> Tensor:
    """gains [N, R-1] -> ranks scaled to 0..1 within each column."""
    ranks = gains.argsort(dim=0).argsort(dim=0).float()
    return ranks / max(gains.size(0) - 1, 1)


def target_losses(model: ElasticMoR, state: Tensor, targets: Tensor, counted: Tensor) -> tuple[Tensor, Tensor]:
    """Losses [b, T] (0 where not counted) and logits [n, V]; the head runs on the n counted positions only."""
    logits = model.head(model.last_state(state)[counted]).float()
    losses = F.cross_entropy(logits, targets[counted], reduction="none")
    return torch.zeros(targets.shape, device=targets.device).masked_scatter(counted, losses), logits.detach()


def run_part(model: ElasticMoR, part: Part, objective: Objective, probe_rows: int, generator=None) -> PartResult:
    """Forward one part: mixed depths for all rows, every exit for the first `probe_rows`."""
    recursions = model.config.num_recursions
    states = model.states(part.inputs)
    scores = model.scores(states)
    caps = draw_capacities(len(part.inputs), recursions, objective.full_share, generator).to(scores.device)
    depth = expert_choice(scores.detach(), caps, part.real)
    mixed, _ = target_losses(model, model.mix(states, depth), part.targets, part.loss)
    targets, counted = part.targets[:probe_rows], part.loss[:probe_rows]
    exits, logits = zip(*(target_losses(model, state[:probe_rows], targets, counted) for state in states))
    likeliest = torch.full_like(targets, -1)
    if part.spans:
        likeliest = likeliest.masked_scatter(counted, logits[-1].argmax(-1))
    return PartResult(
        mixed=masked_mean(mixed, part.loss),
        exits=[masked_mean(each, counted) for each in exits],
        rise=rise(exits, scores[:probe_rows], counted),
        scores=scores[:probe_rows],
        gains=saved_loss(exits, counted),
        real=part.real[:probe_rows],
        states=states,
        deepest_tokens=likeliest,
    )


def router_loss(results: list[PartResult]) -> Tensor:
    """Binary cross-entropy of the scores against ranks taken over all parts together."""
    scores = torch.cat([each.scores[each.real] for each in results])
    gains = torch.cat([each.gains[each.real] for each in results])
    per_router = F.binary_cross_entropy_with_logits(scores, rank_targets(gains), reduction="none").mean(dim=0)
    return per_router.sum()


def total_loss(
    model: ElasticMoR, steps: StepHead, text: Part, puzzle: Part | None, objective: Objective, generator=None
) -> tuple[Tensor, list[PartResult]]:
    """The whole objective of one step, and the parts' results (text first) for the log."""
    probe = max(1, round(len(text.inputs) * objective.text_probe))
    results = [run_part(model, text, objective, probe, generator)]
    if puzzle is not None:
        results.append(run_part(model, puzzle, objective, len(puzzle.inputs), generator))
    loss = router_loss(results)
    for weight, result in zip((1.0, objective.puzzle_weight), results):
        deep = sum(result.exits) / len(result.exits)
        loss = loss + weight * (result.mixed + objective.deep_weight * deep + objective.falling_weight * result.rise)
    if puzzle is not None:
        loss = loss + objective.step_weight * steps(results[1].states, puzzle.spans, model.embed_tokens.weight)
    return loss, results
