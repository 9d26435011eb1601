"""The rows of a step: which sources, how many of each, in which order. The same step draws the same rows always."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rows import LENGTH, read_rows

TEXTS = ("chat", "encyclopedia", "stories")
EARLY = (0.5, 0.32)  # shares of chat and encyclopedia among the text rows; the rest is stories
LATE = (0.75, 0.15)
LATE_FROM = 0.6  # of the run


@dataclass(frozen=True)
class Plan:
    """How the `rows` of a batch are used. In order: full text, full puzzles, routed text, routed puzzles.

    Full rows go to full depth, routed ones as deep as capacities drawn for the step let them. Probed rows, the last
    text and first puzzles of the full ones, are judged at every exit.
    """

    rows: int

    @property
    def puzzles(self) -> int:
        return max(2, self.rows // 16)

    @property
    def texts(self) -> int:
        return self.rows - self.puzzles

    @property
    def full_puzzles(self) -> int:
        return self.puzzles // 2

    @property
    def full_texts(self) -> int:
        return max(2, self.rows * 3 // 8 - self.full_puzzles)

    @property
    def full(self) -> int:
        return self.full_texts + self.full_puzzles

    @property
    def probed(self) -> slice:
        puzzles = max(1, self.full_puzzles // 2)
        texts = max(2, self.rows // 8) - puzzles
        return slice(self.full_texts - texts, self.full_texts + puzzles)


@dataclass
class Batch:
    """inputs, targets, counted [B, T]; puzzle [B]: whether a row is one of puzzles."""

    inputs: Tensor
    targets: Tensor
    counted: Tensor
    puzzle: Tensor


class Source:
    """Rows of one kind in an order shuffled anew each time they have all been drawn. Its state is one number."""

    def __init__(self, rows: np.ndarray, mask: np.ndarray | None, seed: list[int]):
        self.rows, self.mask, self.seed, self.drawn = rows, mask, seed, 0

    def draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """-> rows [count, L], and which of their tokens count."""
        taken = []
        while count:
            epoch, at = divmod(self.drawn, len(self.rows))
            order = np.random.default_rng([*self.seed, epoch]).permutation(len(self.rows))
            part = order[at : at + count]
            taken.append(part)
            self.drawn += len(part)
            count -= len(part)
        index = np.concatenate(taken) if taken else np.zeros(0, int)
        rows = self.rows[index]
        return rows, np.ones(rows.shape, bool) if self.mask is None else self.mask[index]


class Batches:
    """Batches of `plan.rows` rows of `tokens` tokens. Nothing but `state` has to be kept to go on from a step."""

    def __init__(
        self, sources: dict[str, tuple[np.ndarray, np.ndarray | None]], plan: Plan, tokens: int, seed: int = 0
    ):
        self.plan, self.tokens, self.seed = plan, tokens, seed
        self.sources = {name: Source(*data, [seed, i]) for i, (name, data) in enumerate(sources.items())}

    @property
    def state(self) -> dict[str, int]:
        return {name: source.drawn for name, source in self.sources.items()}

    def go_on(self, state: dict[str, int]) -> None:
        for name, drawn in state.items():
            self.sources[name].drawn = drawn

    def draw(self, step: int, progress: float) -> Batch:
        """progress: 0..1 of the run, which decides the mix."""
        plan = self.plan
        shares = EARLY if progress < LATE_FROM else LATE
        chat, encyclopedia = (round(plan.texts * share) for share in shares)
        counts = chat, encyclopedia, plan.texts - chat - encyclopedia
        rows, masks = map(np.concatenate, zip(*(self.sources[n].draw(count) for n, count in zip(TEXTS, counts))))
        order = np.random.default_rng([self.seed, 99, step]).permutation(len(rows))
        rows, masks = rows[order], masks[order]
        puzzles, puzzle_masks = self.sources["puzzles"].draw(plan.puzzles)
        text, puzzle = plan.full_texts, plan.full_puzzles

        def laid_out(texts: np.ndarray, puzzles: np.ndarray) -> Tensor:
            parts = texts[:text], puzzles[:puzzle], texts[text:], puzzles[puzzle:]
            return torch.from_numpy(np.concatenate(parts)[:, : self.tokens + 1])

        ids = laid_out(rows.astype(np.int64), puzzles.astype(np.int64))
        kind = laid_out(np.zeros((plan.texts, 1), bool), np.ones((plan.puzzles, 1), bool))
        return Batch(ids[:, :-1], ids[:, 1:], laid_out(masks, puzzle_masks)[:, 1:], kind[:, 0])


def read_sources(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    return {name: read_rows(folder, name) for name in (*TEXTS, "puzzles")}


def random_sources(vocabulary: int, rows: int = 256) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """Rows of no meaning: to try every shape before the real ones are there."""
    ids = np.random.default_rng(0).integers(0, vocabulary, (rows, LENGTH))
    return {name: (ids, None) for name in (*TEXTS, "puzzles")}
