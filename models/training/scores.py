"""Scores of a model on choices between answers, on words to guess, and on puzzles.

A run is a function of ids [B, T]: normed states [B, T, d], depths [B, T] (or None), head [V, d].
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rows import Held

Run = Callable[[Tensor], tuple[Tensor, Tensor | None, Tensor]]
AT_ONCE = 32
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
QUICK_QUESTIONS, QUICK_PUZZLES = 4, 24
GUESSED = "lambada"  # right when every token of the answer is the likeliest; other tasks choose among answers


def answers(run: Run, held: Held) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """By batch: log-likelihood a counted token [B], whether each was the likeliest [B], mean depth at them [B]."""
    for ids, counted in zip(held.ids.split(AT_ONCE), held.counted.split(AT_ONCE)):
        longest = int(counted.any(0).nonzero().max()) + 1
        hidden, depth, head = run(ids[:, :longest].to(DEVICE))
        targets, mask = ids[:, 1:longest].to(hidden.device), counted[:, 1:longest].to(hidden.device)
        logits = (hidden[:, :-1] @ head.T).float()
        losses = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
        likeliest = ((logits.argmax(-1) == targets) | ~mask).all(1)
        depths = mask.float() if depth is None else depth[:, :-1] * mask
        count = mask.sum(1)
        yield -(losses * mask).sum(1) / count, likeliest, depths.sum(1) / count


def gathered(run: Run, held: Held) -> tuple[np.ndarray, ...]:
    return tuple(torch.cat(parts).cpu().numpy() for parts in zip(*answers(run, held)))


def score_tasks(run: Run, held: Held, quick: bool = False) -> dict[str, float]:
    """Task -> share of questions answered rightly."""
    label, names = held.extra["label"], held.extra["names"]
    if quick:
        chosen = np.concatenate([np.flatnonzero(names == name)[:QUICK_QUESTIONS] for name in np.unique(names)])
        held = held[np.isin(held.extra["group"], chosen)]
    likelihood, likeliest, _ = gathered(run, held)
    group, right = held.extra["group"], {}
    for question in np.unique(group):
        rows = np.flatnonzero(group == question)
        task = str(names[question])
        guessed = likeliest[rows[0]] if task == GUESSED else np.argmax(likelihood[rows]) == label[question]
        right.setdefault(task, []).append(bool(guessed))
    return {task: round(float(np.mean(each)), 4) for task, each in sorted(right.items())}


def score_puzzles(runs: dict[float, Run], held: Held, quick: bool = False) -> dict[str, dict[str, list[float]]]:
    """ "kind level" -> budget -> share answered rightly, mean depth of the answer's tokens."""
    if quick:
        held = held[:: max(1, len(held.ids) // QUICK_PUZZLES)]
    kind, level, table = held.extra["kind"], held.extra["level"], {}
    for budget, run in runs.items():
        _, right, depth = gathered(run, held)
        for name, steps in sorted({(str(k), int(n)) for k, n in zip(kind, level)}):
            of_it = (kind == name) & (level == steps)
            row = [round(float(right[of_it].mean()), 3), round(float(depth[of_it].mean()), 2)]
            table.setdefault(f"{name} {steps}", {})[str(budget)] = row
    return table
