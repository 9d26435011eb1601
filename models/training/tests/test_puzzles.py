"""Puzzles: answers checked by other means than the generator's, and a split that does not leak."""

import random
import re

import pytest

import puzzles


def some(kind: str, level: int, count: int = 40) -> list[puzzles.Puzzle]:
    rng = random.Random(f"{kind} {level}")
    return [puzzles.held_out_puzzle(rng, kind, level) for _ in range(count)]


def follow(text: str, pattern: str, start: str, hops: int) -> str:
    """Walk `hops` times through the pairs that the pattern finds in the text."""
    after = dict(re.findall(pattern, text))
    for _ in range(hops):
        start = after[start]
    return start


@pytest.mark.parametrize("level", range(1, 9))
def test_chain(level):
    for puzzle in some("chain", level):
        question, answer = puzzle.questions[0].text, puzzle.questions[0].answer
        name = re.search(r"(\w+)\?$", question)[1]
        end = follow(puzzle.facts, r"(\w+)(?: is)? (\w+)[.,]", name, level)
        assert answer.endswith(f"{name} is {end}.")
        said = question.count("boss") or next((n for n, w in enumerate(puzzles.NUMBER_WORDS) if w in question), 1)
        assert said == level


def replay(text: str) -> tuple[dict, dict]:
    """Read a scene line by line: where each person is, and who holds what."""
    place, holder = {}, {}
    for line in text.split(". "):
        if match := re.match(r"(\w+) goes to the (\w+)", line):
            place[match[1]] = match[2]
        elif match := re.match(r"(\w+) takes the (\w+)", line):
            holder[match[2]] = match[1]
        elif match := re.match(r"(\w+) gives the (\w+) to (\w+)", line):
            assert holder[match[2]] == match[1]
            holder[match[2]] = match[3]
    return place, holder


@pytest.mark.parametrize("level", [1, 2, 3])
def test_where(level):
    for puzzle in some("where", level):
        place, holder = replay(puzzle.facts)
        asked = re.search(r"Where is (the )?(\w+)\?", puzzle.questions[0].text)
        person = holder[asked[2]] if asked[1] else asked[2]
        assert puzzle.questions[0].answer.endswith(f"{asked[2]} is in the {place[person]}.")
        assert (" gives the %s " % asked[2] in puzzle.facts) == (level == 3)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_add(level):
    for puzzle in some("add", level):
        a, b = map(int, re.findall(r"\d+", puzzle.questions[0].text))
        assert puzzle.questions[0].answer == f"It is {a + b}."
        assert max(len(str(a)), len(str(b))) <= level


@pytest.mark.parametrize("level", [2, 5, 8])
def test_sort(level):
    for puzzle in some("sort", level):
        given, answer = (re.findall(r"\d+", t) for t in (puzzle.questions[0].text, puzzle.questions[0].answer))
        assert answer == sorted(given) and len(given) == level


@pytest.mark.parametrize("level", [2, 6, 10])
def test_reverse(level):
    for puzzle in some("reverse", level):
        given = puzzle.questions[0].text.split(": ")[1].split(", ")
        answer = puzzle.questions[0].answer.removesuffix(".").split(": ")[1].split(", ")
        assert answer == given[::-1] and len(given) == level


def test_split_never_leaks():
    rng = random.Random(0)
    for kind, spec in puzzles.KINDS.items():
        for _ in range(100):
            trained = puzzles.training_puzzle(rng, kind, lambda: rng.randint(spec.lowest, spec.highest))
            assert not any(puzzles.is_held_out(trained.full_question(i)) for i in range(len(trained.questions)))
            asked = puzzles.held_out_puzzle(rng, kind, spec.lowest)
            assert puzzles.is_held_out(asked.full_question(0)) and len(asked.questions) == 1
