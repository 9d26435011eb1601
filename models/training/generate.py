"""Greedy answers by the rule of generation (causal thresholds), without a cache: short, slow and easy to check.

python generate.py --model FOLDER --budget 0.5 "Do you like dogs?"
"""

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

import corpus
from depth import threshold_rule
from evaluate import calibration_row, thresholds_of
from folder import load_model
from model import ElasticMoR


@dataclass
class Answer:
    """What was asked and generated; depths are of the positions that produced a token each."""

    prompt_ids: list[int]
    generated_ids: list[int]
    depths: list[int]
    text: str


def budget_thresholds(calibration: dict, budget: float, recursions: int) -> list[float]:
    """Thresholds of a budget; the two ends are exact: nobody, everybody."""
    if budget <= 0:
        return [math.inf] * (recursions - 1)
    if budget >= 1:
        return [-math.inf] * (recursions - 1)
    return thresholds_of(calibration_row(calibration, budget))


@torch.no_grad()
def answer(
    model: ElasticMoR, tokenizer: Tokenizer, question: str, thresholds: list[float], longest: int = 48
) -> Answer:
    """Greedy answer of at most `longest` tokens; it ends with an end-of-turn or begin token."""
    stops = {tokenizer.token_to_id(corpus.END_OF_TURN), tokenizer.token_to_id(corpus.BEGIN)}
    prompt = f"{corpus.BEGIN}<|user|>{question}{corpus.END_OF_TURN}<|assistant|>"
    ids = tokenizer.encode(prompt).ids
    length, depths = len(ids), []
    while len(ids) < length + longest:
        states = model.states(torch.tensor([ids]))
        depth = threshold_rule(model.scores(states), thresholds)
        logits = model.finish(model.mix(states, depth))
        depths.append(int(depth[0, -1]))
        ids.append(int(logits[0, -1].argmax()))
        if ids[-1] in stops:
            break
    text = tokenizer.decode(ids[length:], skip_special_tokens=True)
    return Answer(ids[:length], ids[length:], depths, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--budget", type=float, default=1.0, help="0..1")
    parser.add_argument("question")
    args = parser.parse_args()
    model = load_model(args.model)
    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    calibration = json.loads((args.model / "calibration.json").read_text())
    thresholds = budget_thresholds(calibration, args.budget, model.config.num_recursions)
    result = answer(model, tokenizer, args.question, thresholds)
    print(result.text)
    print("mean depth", sum(result.depths) / len(result.depths))


if __name__ == "__main__":
    main()
