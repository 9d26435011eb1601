"""Puzzles whose difficulty is a number of steps: what a person can ask to see what depth buys.

Endless, written by this program from a seed, so no licence and no limit. Kinds follow what looped and
adaptive-depth models are judged on: multi-hop pointers (k-hop, arXiv 2402.09268), supporting facts (bAbI,
arXiv 1502.05698; Universal Transformer, arXiv 1807.03819), sums with carries, sorting, a list backwards.

A puzzle is a conversation: the first question carries the facts, further ones ask about the same facts, so one
set of facts teaches several answers. A question together with its facts is held out when its hash falls into one
of sixteen of 256 buckets; no training conversation contains such a pair, the evaluation asks nothing else.

python puzzles.py --count 5 --seed 1 [--held-out] [--kind chain --level 3]
"""

import argparse
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from scene import PEOPLE, Scene

WORDS = (
    "cat dog sun tree house fish bird car boat moon star king rain table door road horse water fire book wind "
    "hand head ball girl boy man woman ship box day night sea sky food game music paper wood"
).split()
NUMBER_WORDS = "zero one two three four five six seven eight nine ten".split()
HELD_OUT_BUCKETS = 16  # of 256


@dataclass(frozen=True)
class Question:
    """One question about given facts. `level` is its number of steps."""

    text: str
    answer: str
    level: int


@dataclass(frozen=True)
class Puzzle:
    """Facts (may be empty) and the questions asked about them, one after the other."""

    kind: str
    facts: str
    questions: list[Question]

    def full_question(self, index: int) -> str:
        """The facts and one question, as a person would ask it alone."""
        return f"{self.facts} {self.questions[index].text}".strip()

    def messages(self) -> list[dict]:
        """The chat: facts and first question, answer, next question, answer, ..."""
        result = []
        for index, question in enumerate(self.questions):
            text = self.full_question(0) if index == 0 else question.text
            result.append({"role": "user", "content": text})
            result.append({"role": "assistant", "content": question.answer})
        return result


def is_held_out(full_question: str) -> bool:
    """The same decision in training and in evaluation, from the text alone."""
    return hashlib.sha1(full_question.encode()).digest()[0] < HELD_OUT_BUCKETS


@dataclass(frozen=True)
class Relation:
    """A wording of "b comes next after a". Question and answer end alike: "... Tom is Jim." """

    fact: str
    separator: str
    lead: str

    def phrase(self, hops: int) -> str:
        """The words before the name: "behind", "three behind", "the boss of the boss of"."""
        if self.lead == "the boss of":
            return " ".join([self.lead] * hops)
        return self.lead if hops == 1 else f"{NUMBER_WORDS[hops]} {self.lead}"


RELATIONS = (
    Relation("{} {}", ", ", "after"),  # neighbours in the text: the first that a model can learn
    Relation("Behind {} is {}.", " ", "behind"),
    Relation("Behind {} is {}.", " ", "behind"),
    Relation("The boss of {} is {}.", " ", "the boss of"),
)


def chain(rng: random.Random, level: int, count: int, draw: Callable[[], int]) -> Puzzle:
    """k-hop pointers: the boss of the boss, or who stands so many places behind. Level: hops."""
    length = rng.randint(max(level + 1, 3), max(level + 1, 10))
    people = rng.sample(PEOPLE, length)
    relation = rng.choice(RELATIONS)
    pairs = list(zip(people, people[1:]))
    rng.shuffle(pairs)
    facts = relation.separator.join(relation.fact.format(a, b) for a, b in pairs)
    questions, asked = [], set()
    for index in range(count):
        hops = level if index == 0 else min(draw(), length - 1)
        start = rng.randrange(length - hops)
        if (start, hops) in asked:
            continue
        asked.add((start, hops))
        phrase = f"{relation.phrase(hops)} {people[start]}"
        answer = f"{phrase[0].upper()}{phrase[1:]} is {people[start + hops]}."
        questions.append(Question(f"Who is {phrase}?", answer, hops))
    return Puzzle("chain", facts if facts.endswith(".") else f"{facts}.", questions)


def where(rng: random.Random, level: int, count: int, draw: Callable[[], int]) -> Puzzle:
    """Where a person or a thing is. Level: supporting facts needed."""
    while True:
        scene = Scene(rng, rng.randint(0, 2) if level < 3 else rng.randint(1, 4))

        def questions(level: int, scene: Scene = scene) -> list[Question]:
            texts = [
                (what, f"{what[0].upper()}{what[1:]} is in the {scene.place[who]}.") for what, who in scene.asked(level)
            ]
            return [Question(f"Where is {what}?", answer, level) for what, answer in texts]

        first = questions(level)
        if not first:
            continue
        chosen = [rng.choice(first)]
        for _ in range(count - 1):
            choices = [question for question in questions(draw()) if question not in chosen]
            if choices:
                chosen.append(rng.choice(choices))
        return Puzzle("where", " ".join(scene.lines), chosen)


def separate(kind: str, one: Callable[[random.Random, int], Question]):
    """A kind whose questions need no common facts."""

    def make(rng: random.Random, level: int, count: int, draw: Callable[[], int]) -> Puzzle:
        levels = [level] + [draw() for _ in range(count - 1)]
        return Puzzle(kind, "", [one(rng, each) for each in levels])

    return make


def add(rng: random.Random, digits: int) -> Question:
    """Sums. Level: digits of the longer number."""
    low = 10 ** (digits - 1) if digits > 1 else 0
    a, b = rng.randrange(low, 10**digits), rng.randrange(10 ** rng.randint(1, digits))
    a, b = rng.sample((a, b), 2)
    return Question(f"What is {a} + {b}?", f"It is {a + b}.", digits)


def sort(rng: random.Random, count: int) -> Question:
    """Sorting digits. Level: how many."""
    digits = [rng.randrange(10) for _ in range(count)]
    text = "Sort these numbers: " + ", ".join(map(str, digits))
    return Question(text, "In order: " + ", ".join(map(str, sorted(digits))) + ".", count)


def reverse(rng: random.Random, count: int) -> Question:
    """A list backwards. Level: words."""
    words = rng.sample(WORDS, count)
    text = "Say this list backwards: " + ", ".join(words)
    return Question(text, "Backwards: " + ", ".join(reversed(words)) + ".", count)


@dataclass(frozen=True)
class Kind:
    """How a kind is made, its share, its levels and how many questions a training conversation asks."""

    make: Callable[[random.Random, int, int, Callable[[], int]], Puzzle]
    weight: float
    lowest: int
    highest: int
    questions: int


KINDS = {
    "chain": Kind(chain, 5, 1, 10, 7),
    "where": Kind(where, 1.6, 1, 3, 5),
    "add": Kind(separate("add", add), 2.2, 1, 6, 5),
    "sort": Kind(separate("sort", sort), 1.6, 2, 10, 3),
    "reverse": Kind(separate("reverse", reverse), 0.2, 2, 10, 3),
}


def training_puzzle(rng: random.Random, kind: str, draw_level: Callable[[], int]) -> Puzzle:
    """A conversation of a kind in which no question is held out; levels come from `draw_level`."""
    spec = KINDS[kind]
    while True:
        puzzle = spec.make(rng, draw_level(), spec.questions, draw_level)
        pairs = (f"{puzzle.facts} {question.text}".strip() for question in puzzle.questions)
        if not any(is_held_out(pair) for pair in pairs):
            return puzzle


def held_out_puzzle(rng: random.Random, kind: str, level: int) -> Puzzle:
    """One held-out question of a kind and level."""
    while True:
        puzzle = KINDS[kind].make(rng, level, 1, lambda: level)
        if is_held_out(puzzle.full_question(0)):
            return puzzle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--level", type=int)
    parser.add_argument("--held-out", action="store_true")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    for _ in range(args.count):
        kind = args.kind or rng.choice(list(KINDS))
        level = args.level or rng.randint(KINDS[kind].lowest, KINDS[kind].highest)
        puzzle = held_out_puzzle(rng, kind, level) if args.held_out else training_puzzle(rng, kind, lambda: level)
        for message in puzzle.messages():
            print(f"{message['role']}: {message['content']}")
        print()


if __name__ == "__main__":
    main()
