"""Find the thresholds that spend a budget, and write them to a file (never into the folder by itself).

python calibrate.py --model FOLDER --tokens DIR/tokens --out calibration.json

Thresholds are quantiles of the router's scores on the first half of the held-out short chats, recursion by
recursion among the tokens that got there. The losses in the file are measured on the second half.
"""

import argparse
import json
import math
from pathlib import Path

import torch

from depth import calibrated_thresholds, capacities
from evaluate import SKIPPED, budget_curve, held_out_windows, judge, uniform_losses
from folder import load_model
from model import ElasticMoR

BUDGETS = [i / 20 for i in range(21)]


def find_thresholds(model: ElasticMoR, windows: torch.Tensor) -> dict:
    """Capacities and thresholds for every budget, from the scores on the windows [N, T + 1]."""
    with torch.no_grad():
        parts = [model.scores(model.states(rows))[:, SKIPPED:] for rows in windows[:, :-1].split(16)]
    scores = torch.cat(parts).flatten(0, 1)
    rows = []
    for budget in BUDGETS:
        caps = capacities(budget, model.config.num_recursions)
        thresholds = calibrated_thresholds(scores, caps)
        stored = [None if math.isinf(t) else round(t, 5) for t in thresholds]
        rows.append({"budget": budget, "capacities": [round(c, 4) for c in caps], "thresholds": stored})
    return {"budgets": rows}


def calibrate(model: ElasticMoR, tokens: Path, windows: int) -> dict:
    """The whole calibration table: thresholds from one half of the held-out chats, losses from the other."""
    table = find_thresholds(model, held_out_windows(tokens, "held_out_short", 0, windows))
    judged = judge(model, held_out_windows(tokens, "held_out_short", 1, windows))
    for row, measured in zip(table["budgets"], budget_curve(judged, table)):
        row.update(measured)
    table["uniform_depth_nll"] = uniform_losses(judged)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=300, help="of 256 tokens, in each half")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    table = calibrate(load_model(args.model), args.tokens, args.windows)
    args.out.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
