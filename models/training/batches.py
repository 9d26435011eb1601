"""What a training step reads: windows of running text and rows of puzzles.

A Part is a rectangle of rows with the same length. Text windows are cut from the token files; puzzle rows hold one
conversation each, start with the begin token and are padded on the right, so the model sees a puzzle in training
exactly as in a chat.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

import corpus
import puzzles
from prepare import HELD_OUT_PREFIX


@dataclass
class Span:
    """The answer to one question: target positions start..end of a row.

    `steps` are the ids of the words found on the way, `word` the position that must name the last of them.
    """

    row: int
    start: int
    end: int
    kind: str
    level: int
    steps: tuple[int, ...] = ()

    @property
    def word(self) -> int:
        return self.end - 3  # word, full stop, end of turn


@dataclass
class Part:
    """Inputs and targets [B, T]; loss [B, T] marks targets that count, real [B, T] inputs that are no padding."""

    inputs: Tensor
    targets: Tensor
    loss: Tensor
    real: Tensor
    spans: list[Span] = field(default_factory=list)

    def to(self, device: str) -> "Part":
        moved = (t.to(device) for t in (self.inputs, self.targets, self.loss, self.real))
        return Part(*moved, self.spans)


class TextSource:
    """Random windows of `length` tokens from the groups of a prepared folder, in the shares of mix.json."""

    def __init__(self, folder: Path, length: int, seed: int):
        self.mix = json.loads((folder / "mix.json").read_text())
        names = set(self.mix["main"]) | set(self.mix["anneal"])
        if any(name.startswith(HELD_OUT_PREFIX) for name in names):
            raise ValueError("the mix names held-out text")
        self.files = {n: np.memmap(folder / f"{n}.bin", dtype=np.uint16, mode="r") for n in sorted(names)}
        self.begin = Tokenizer.from_file(str(folder / "tokenizer.json")).token_to_id(corpus.BEGIN)
        self.length = length
        self.rng = np.random.default_rng(seed)

    def window(self, name: str) -> np.ndarray:
        """length + 1 tokens; half of the windows begin with a document, as every chat does."""
        tokens = self.files[name]
        start = int(self.rng.integers(0, len(tokens) - 3 * self.length))
        if self.rng.random() < 0.5:
            begins = np.flatnonzero(tokens[start : start + 2 * self.length - 1] == self.begin)
            start += int(begins[0]) if len(begins) else 0
        return tokens[start : start + self.length + 1]

    def batch(self, rows: int, annealing: bool) -> Part:
        shares = self.mix["anneal" if annealing else "main"]
        names = list(shares)
        weights = np.array([shares[name] for name in names])
        drawn = self.rng.choice(len(names), size=rows, p=weights / weights.sum())
        tokens = torch.from_numpy(np.stack([self.window(names[i]) for i in drawn]).astype(np.int64))
        everything = torch.ones(rows, self.length, dtype=torch.bool)
        return Part(tokens[:, :-1], tokens[:, 1:], everything, everything)


class Curriculum:
    """Few steps first: a kind's highest level rises when the deepest exit answers that level well enough."""

    RATE = 0.03  # weight of one answer in the running share of right answers
    ENOUGH = 0.75
    STUCK = 0.1  # below it the level under the highest is practised instead: there depth already pays

    def __init__(self):
        self.cap = {name: kind.lowest for name, kind in puzzles.KINDS.items()}
        self.right = {name: 0.0 for name in puzzles.KINDS}

    def draw(self, rng: random.Random, kind: str) -> int:
        """A level: the highest that is not stuck in half of the cases, else any up to the highest."""
        cap, lowest = self.cap[kind], puzzles.KINDS[kind].lowest
        hardest = cap if self.right[kind] >= self.STUCK else max(lowest, cap - 1)
        return hardest if rng.random() < 0.5 else rng.randint(lowest, cap)

    def record(self, kind: str, level: int, right: bool) -> None:
        if level != self.cap[kind]:
            return
        self.right[kind] += self.RATE * (float(right) - self.right[kind])
        if self.right[kind] > self.ENOUGH and level < puzzles.KINDS[kind].highest:
            self.cap[kind] += 1
            self.right[kind] = 0.0


class PuzzleSource:
    """Endless puzzle rows; loss on answers only."""

    def __init__(self, tokenizer: Tokenizer, seed: int, kinds: list[str] | None = None, longest: int = 192):
        self.tokenizer = tokenizer
        self.rng = random.Random(seed)
        self.kinds = kinds or list(puzzles.KINDS)
        self.longest = longest
        self.curriculum = Curriculum()

    def batch(self, rows: int) -> Part:
        weights = [puzzles.KINDS[kind].weight for kind in self.kinds]
        made = []
        for kind in self.rng.choices(self.kinds, weights, k=rows):
            made.append(puzzles.training_puzzle(self.rng, kind, lambda: self.curriculum.draw(self.rng, kind)))
        return puzzle_part(made, self.tokenizer, self.longest)


def encode_puzzle(puzzle: puzzles.Puzzle, tokenizer: Tokenizer) -> tuple[list[int], list[tuple[int, int]]]:
    """Token ids of a puzzle conversation, and for each answer the ids' range, its end-of-turn included."""
    ids, ranges = [tokenizer.token_to_id(corpus.BEGIN)], []
    end = tokenizer.token_to_id(corpus.END_OF_TURN)
    for message in puzzle.messages():
        ids.append(tokenizer.token_to_id(f"<|{message['role']}|>"))
        start = len(ids)
        ids += [*tokenizer.encode(message["content"]).ids, end]
        if message["role"] == "assistant":
            ranges.append((start, len(ids)))
    return ids, ranges


def step_ids(words: tuple[str, ...], tokenizer: Tokenizer) -> tuple[int, ...]:
    """Ids of words in running text, or nothing where one of them is not a single token."""
    encoded = [tokenizer.encode(f" {word}").ids for word in words]
    return tuple(ids[0] for ids in encoded) if all(len(ids) == 1 for ids in encoded) else ()


def puzzle_part(made: list[puzzles.Puzzle], tokenizer: Tokenizer, longest: int) -> Part:
    """Puzzles -> one padded Part; questions whose answer does not fit into `longest` tokens are cut off."""
    encoded = [encode_puzzle(puzzle, tokenizer) for puzzle in made]
    width = min(longest, max(len(ids) for ids, _ in encoded))
    tokens = torch.full((len(made), width), tokenizer.token_to_id("<|pad|>"))
    loss = torch.zeros(len(made), width, dtype=torch.bool)
    real = torch.zeros(len(made), width, dtype=torch.bool)
    spans = []
    for row, (puzzle, (ids, ranges)) in enumerate(zip(made, encoded)):
        used = min(len(ids), width)
        tokens[row, :used] = torch.tensor(ids[:used])
        real[row, :used] = True
        for question, (start, end) in zip(puzzle.questions, ranges):
            if end <= width:
                loss[row, start:end] = True
                steps = step_ids(question.found, tokenizer)
                spans.append(Span(row, start - 1, end - 1, puzzle.kind, question.level, steps))
    return Part(tokens[:, :-1], tokens[:, 1:], loss[:, 1:], real[:, :-1], spans)
