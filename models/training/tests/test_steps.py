"""Process supervision: the right words at the right positions, and exits left alone."""

import random

import torch
from tokenizers import Tokenizer

import puzzles
from batches import Span, puzzle_part, step_ids
from steps import StepHead


def test_words_on_the_way_end_with_the_answer():
    rng = random.Random(3)
    for kind in ("chain", "where"):
        for level in (1, 2, 3):
            question = puzzles.held_out_puzzle(rng, kind, level).questions[0]
            assert question.answer.endswith(f" {question.found[-1]}.")
            assert len(question.found) == (level if kind == "chain" else min(level, 2))


def test_the_word_position_predicts_the_answer(tokens_folder):
    tokenizer = Tokenizer.from_file(str(tokens_folder / "tokenizer.json"))
    word = next(w for w in ("fox", "bird", "tail", "red") if len(tokenizer.encode(f" {w}").ids) == 1)
    puzzle = puzzles.Puzzle("chain", "", [puzzles.Question("Who?", f"It is {word}.", 1, (word,))])
    part = puzzle_part([puzzle], tokenizer, 64)
    assert step_ids((word,), tokenizer) == (int(part.targets[0, part.spans[0].word]),)


def test_loss_looks_at_one_step_after_the_other():
    embedding = torch.eye(6) * 20
    head = StepHead(6)
    states = [torch.zeros(1, 4, 6) for _ in range(3)]
    span = Span(0, 0, 4, "chain", 2, (2, 5))
    for state, word in zip(states, (2, 5, 5)):
        state[0, span.word, word] = 1.0
    assert head(states, [span], embedding) < 1e-6
    assert head(states[::-1], [span], embedding) > 1
    assert head(states, [Span(0, 0, 4, "add", 1)], embedding) == 0
