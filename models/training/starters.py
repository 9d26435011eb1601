"""Starting examples whose answer is wrong at budget 0 and right from 25 on: what a person first sees of the slider.

python starters.py --model FOLDER [--count 3] [--keep]

Held-out chain puzzles in which few people occur, judged by what the model writes greedily. --keep looks first at the
examples that FOLDER/starters.json already has. The list ends with a greeting.
"""

import argparse
import json
import random
from pathlib import Path

import torch
from tokenizers import Tokenizer

import puzzles
from batches import puzzle_part
from depth import threshold_rule
from folder import load_model
from generate import budget_thresholds
from model import ElasticMoR

GREETING = "Hello! How are you?"
BUDGETS = (0.0, 0.25, 0.5, 0.75, 1.0)
WANTED = [False, True, True, True, True]
LONGEST = 256  # tokens
MOST_FACTS = 5
LEVELS = (3, 4)
TRIES = 300


def solve(question: str) -> str | None:
    """The answer to a chain puzzle, or nothing where the text is none: facts "a b" or "... a is b"."""
    facts, _, asked = question.rpartition(". ")
    pairs = [fact.replace(" is ", " ").split()[-2:] for fact in facts.split(". ")]
    hops = asked.count("the boss of") or next((n for n, word in enumerate(puzzles.NUMBER_WORDS) if word in asked), 1)
    if not asked.startswith("Who is ") or any(len(pair) < 2 for pair in pairs):
        return None
    after, name = dict(pairs), asked.rstrip("?").split()[-1]
    for _ in range(hops):
        name = after.get(name)
    phrase = asked.removeprefix("Who is ").rstrip("?")
    return f"{phrase[0].upper()}{phrase[1:]} is {name}."


def candidates(seed: int):
    """Held-out chain questions with at most MOST_FACTS facts, the wordings in turn."""
    rng = random.Random(seed)
    for _ in range(TRIES):
        puzzle = puzzles.held_out_puzzle(rng, "chain", rng.choice(LEVELS))
        if "," not in puzzle.facts and puzzle.facts.count(".") <= MOST_FACTS:
            yield puzzle.full_question(0)


@torch.no_grad()
def right(model: ElasticMoR, tokenizer: Tokenizer, calibration: dict, question: str) -> list[bool]:
    """At each of BUDGETS: would greedy generation write exactly the answer?"""
    asked = puzzles.Puzzle("chain", "", [puzzles.Question(question, solve(question), 0)])
    part = puzzle_part([asked], tokenizer, LONGEST)
    if not part.spans:
        return []
    states = model.states(part.inputs)
    scores = model.scores(states)
    found = []
    for budget in BUDGETS:
        depth = threshold_rule(scores, budget_thresholds(calibration, budget, model.config.num_recursions))
        likeliest = model.finish(model.mix(states, depth)).argmax(-1)
        found.append(bool((likeliest == part.targets)[part.loss].all()))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(2)
    model = load_model(args.model)
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    calibration = json.loads((args.model / "calibration.json").read_text())
    file = args.model / "starters.json"
    known = json.loads(file.read_text()) if args.keep and file.exists() else []
    chosen: list[str] = []
    for question in [*(q for q in known if q != GREETING), *candidates(args.seed)]:
        if len(chosen) == args.count:
            break
        if right(model, tokenizer, calibration, question) == WANTED:
            chosen.append(question)
    file.write_text(json.dumps([*chosen, GREETING], indent=2) + "\n")
    print("\n".join(chosen))
    if len(chosen) < args.count:
        print(f"only {len(chosen)} of {args.count} found")


if __name__ == "__main__":
    main()
