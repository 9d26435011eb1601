"""Held-out puzzles right, and depth spent, by kind, steps and budget.

python evaluate_puzzles.py --model FOLDER [--count 100] [--budgets 0,25,50,75,100] [--json OUT]

A puzzle counts when every token of its answer, end of turn included, is the likeliest one (what greedy generation
would write). Depths follow the causal thresholds of the folder's calibration.json, the prompt's tokens included.
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

ROWS_AT_ONCE = 50
LONGEST = 256


def level_cell(
    model: ElasticMoR, tokenizer: Tokenizer, made: list[puzzles.Puzzle], thresholds: dict[float, list[float]]
) -> dict:
    """One kind and level -> {budget: right share, mean depth on the answer's tokens and on the others}."""
    totals = {budget: torch.zeros(5) for budget in thresholds}
    for start in range(0, len(made), ROWS_AT_ONCE):
        part = puzzle_part(made[start : start + ROWS_AT_ONCE], tokenizer, LONGEST)
        with torch.no_grad():
            states = model.states(part.inputs)
            scores = model.scores(states)
        rest = part.real & ~part.loss
        for budget, limits in thresholds.items():
            depth = threshold_rule(scores, limits)
            with torch.no_grad():
                likeliest = model.finish(model.mix(states, depth)).argmax(-1)
            right = ((likeliest == part.targets) | ~part.loss).all(dim=1).sum()
            spent = [(depth * part.loss).sum(), part.loss.sum(), (depth * rest).sum(), rest.sum()]
            totals[budget] += torch.tensor([float(right), *map(float, spent)])
    return {
        budget: {
            "right": round(float(t[0]) / len(made), 3),
            "answer_depth": round(float(t[1] / t[2]), 2),
            "other_depth": round(float(t[3] / t[4]), 2),
        }
        for budget, t in totals.items()
    }


def puzzle_table(
    model: ElasticMoR, tokenizer: Tokenizer, calibration: dict, count: int, budgets: list[float], seed: int = 7
) -> dict:
    """{kind: {level: {budget: cell}}} over `count` held-out puzzles for each kind and level."""
    thresholds = {b: budget_thresholds(calibration, b, model.config.num_recursions) for b in budgets}
    table = {}
    for kind, spec in puzzles.KINDS.items():
        table[kind] = {}
        for level in range(spec.lowest, spec.highest + 1):
            rng = random.Random(f"{seed} {kind} {level}")
            made = [puzzles.held_out_puzzle(rng, kind, level) for _ in range(count)]
            table[kind][level] = level_cell(model, tokenizer, made, thresholds)
    return table


def share_right(table: dict, budget: float, fewest: int = 1, kinds: list[str] | None = None) -> float:
    """Mean share right over the kinds' levels of at least `fewest` steps."""
    cells = [
        levels[budget]["right"]
        for kind, by_level in table.items()
        if kinds is None or kind in kinds
        for level, levels in by_level.items()
        if int(level) >= fewest
    ]
    return sum(cells) / len(cells)


def markdown(table: dict, budgets: list[float]) -> str:
    """Rows: kind and steps; per budget the share right and, in brackets, mean depth on the answer and on the rest."""
    head = " | ".join(f"{budget * 100:.0f}" for budget in budgets)
    lines = [f"| puzzle | steps | {head} |", "|---" * (2 + len(budgets)) + "|"]
    for kind, levels in table.items():
        for level, cells in levels.items():
            values = (
                f"{cells[b]['right']:.2f} ({cells[b]['answer_depth']:.2f}, {cells[b]['other_depth']:.2f})"
                for b in budgets
            )
            lines.append(f"| {kind} | {level} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100, help="puzzles for each kind and number of steps")
    parser.add_argument("--budgets", default="0,25,50,75,100", help="per cent")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    budgets = [int(each) / 100 for each in args.budgets.split(",")]
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    calibration = json.loads((args.model / "calibration.json").read_text())
    table = puzzle_table(load_model(args.model), tokenizer, calibration, args.count, budgets)
    if args.json:
        args.json.write_text(json.dumps(table, indent=1))
    print(markdown(table, budgets))
    for budget in budgets:
        print(f"three steps and more, budget {budget:.0%}: {share_right(table, budget, 3):.3f} right")


if __name__ == "__main__":
    main()
