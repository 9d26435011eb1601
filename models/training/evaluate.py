"""Loss over budget on held-out text, against random routing at the same capacities; checks of the goals.

python evaluate.py --model FOLDER --tokens DIR/tokens [--json OUT]

The thresholds are those of the folder's calibration.json, found on the first half of the held-out short chats; the
loss is measured on the second half and on the other held-out texts. Losses are nats per token, float32.
"""

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from depth import random_rule, threshold_rule
from folder import load_model
from model import ElasticMoR

WINDOW = 256  # tokens
SKIPPED = 16  # first positions of a window, which see too little to be judged
ROWS_AT_ONCE = 16


@dataclass
class Judged:
    """States [N, T, d] after every recursion, scores [N, T, R-1] and targets [N, T] of some windows.

    States do not depend on the budget, so each further budget costs one last layer and one head.
    """

    model: ElasticMoR
    states: list[Tensor]
    scores: Tensor
    targets: Tensor

    @torch.no_grad()
    def loss(self, depth: Tensor) -> float:
        """Mean loss per judged token with each token at its depth [N, T]."""
        total = 0.0
        for start in range(0, len(depth), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            mixed = self.model.mix([state[rows] for state in self.states], depth[rows])
            logits = self.model.finish(mixed)[:, SKIPPED:].flatten(0, 1)
            targets = self.targets[rows, SKIPPED:].flatten()
            total += F.cross_entropy(logits, targets, reduction="sum").item()
        return total / self.targets[:, SKIPPED:].numel()

    def mean_depth(self, depth: Tensor) -> float:
        return depth[:, SKIPPED:].float().mean().item()


def held_out_windows(tokens: Path, name: str, half: int, limit: int) -> Tensor:
    """Up to `limit` windows [N, WINDOW + 1] spread over one half (0 or 1) of a held-out file."""
    data = np.memmap(tokens / f"{name}.bin", dtype=np.uint16, mode="r")
    count = len(data) // (WINDOW + 1)
    windows = np.asarray(data[: count * (WINDOW + 1)]).reshape(count, WINDOW + 1).astype(np.int64)
    windows = windows[: count // 2] if half == 0 else windows[count // 2 :]
    chosen = np.linspace(0, len(windows) - 1, min(limit, len(windows))).astype(int)
    return torch.from_numpy(windows[chosen])


@torch.no_grad()
def judge(model: ElasticMoR, windows: Tensor) -> Judged:
    """Run every depth once over the windows."""
    parts = [model.states(rows) for rows in windows[:, :-1].split(ROWS_AT_ONCE)]
    states = [torch.cat(depth) for depth in zip(*parts)]
    return Judged(model, states, model.scores(states), windows[:, 1:])


def thresholds_of(row: dict) -> list[float]:
    """A calibration row's thresholds; null means nobody where the capacity is 0, everybody where it is 1."""
    pairs = zip(row["thresholds"], row["capacities"])
    return [t if t is not None else (math.inf if c == 0 else -math.inf) for t, c in pairs]


def calibration_row(calibration: dict, budget: float) -> dict:
    """The row nearest to a budget."""
    return min(calibration["budgets"], key=lambda row: abs(row["budget"] - budget))


def budget_curve(judged: Judged, calibration: dict) -> list[dict]:
    """For every calibrated budget: what was spent, and the loss of routed and of random depths."""
    rows, optional = [], judged.model.config.num_recursions - 1
    for row in calibration["budgets"]:
        routed = threshold_rule(judged.scores, thresholds_of(row))
        random = random_rule(tuple(judged.scores.shape[:2]), row["capacities"])
        depth = judged.mean_depth(routed)
        rows.append({
            "budget": row["budget"],
            "realised": round((depth - 1) / optional, 4),
            "mean_depth": round(depth, 4),
            "nll": round(judged.loss(routed), 4),
            "random_nll": round(judged.loss(random), 4),
        })  # fmt: skip
    return rows


def stored_curve(calibration: dict) -> list[dict]:
    """The curve as calibrate.py measured it, on the same half of the held-out chats."""
    wanted = ("budget", "realised", "mean_depth", "nll", "random_nll")
    return [{name: row[name] for name in wanted} for row in calibration["budgets"]]


def uniform_losses(judged: Judged) -> list[float]:
    """Loss with everybody at depth 1..R."""
    shape = judged.targets.shape
    return [round(judged.loss(torch.full(shape, r + 1)), 4) for r in range(len(judged.states))]


def goals(curve: list[dict]) -> dict:
    """How far each goal is reached; positive misses are missed by that much."""
    by_budget = {round(row["budget"], 2): row for row in curve}
    first, last = by_budget[0.0]["nll"], by_budget[1.0]["nll"]
    gain = first - min(row["nll"] for row in curve)
    steps = [a["nll"] - b["nll"] for a, b in zip(curve, curve[1:])]
    inner = [row for row in curve if 0.1 <= round(row["budget"], 2) <= 0.9]
    return {
        "gain_full_depth": round(first - last, 4),
        "gain_best_budget": round(gain, 4),
        "strictly_falling": all(step > 0 for step in steps),
        "largest_rise": round(max(0.0, -min(steps)), 4),
        "share_of_gain_at_half": round((first - by_budget[0.5]["nll"]) / gain, 3) if gain > 0 else None,
        "router_beats_random": all(row["nll"] < row["random_nll"] for row in inner),
        "smallest_lead_over_random": round(min(row["random_nll"] - row["nll"] for row in inner), 4),
        "largest_budget_error": round(max(abs(row["realised"] / row["budget"] - 1) for row in inner), 3),
    }


def markdown(curve: list[dict]) -> str:
    lines = ["| budget | realised | mean depth | loss per token | random routing |", "|---|---|---|---|---|"]
    for row in curve:
        cells = f"{row['budget']:.2f} | {row['realised']:.3f} | {row['mean_depth']:.2f}"
        lines.append(f"| {cells} | {row['nll']:.4f} | {row['random_nll']:.4f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=300, help="of short chats; a sixth for the others")
    parser.add_argument("--stored-curve", action="store_true", help="take the curve that calibrate.py measured")
    parser.add_argument("--json", type=Path, help="write the results there")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = load_model(args.model)
    calibration = json.loads((args.model / "calibration.json").read_text())
    if args.stored_curve:
        curve, uniform = stored_curve(calibration), calibration["uniform_depth_nll"]
    else:
        judged = judge(model, held_out_windows(args.tokens, "held_out_short", 1, args.windows))
        curve, uniform = budget_curve(judged, calibration), uniform_losses(judged)
    results = {"curve": curve, "uniform": uniform, "goals": goals(curve), "others": {}}
    for name in ("held_out_long", "held_out_text"):
        other = judge(model, held_out_windows(args.tokens, name, 1, args.windows // 6))
        results["others"][name] = {"uniform": uniform_losses(other)}
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    print(markdown(curve))
    print("everybody at depth 1..R:", results["uniform"])
    print(json.dumps({"goals": results["goals"], "others": results["others"]}, indent=1))


if __name__ == "__main__":
    main()
