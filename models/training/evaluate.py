"""Measure a model folder: loss over the budget against random routing, thresholds, tasks and puzzles.

python evaluate.py MODEL --data ROWS [--dense HF] [--rows 32] [--quick]

MODEL/eval.json         all figures; the teacher's where --dense is given
MODEL/calibration.json  what the app's slider reads: 21 budgets with capacities, thresholds, realised share, losses

Thresholds come from the first half of the held-out rows, every loss from the second. On a CPU the whole takes hours:
--rows takes so many of the held-out rows, and --quick five budgets and a few rows of each task.
"""

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from dense import Dense, read_dense
from depth import Choose, by_lot, by_thresholds, capacities, threshold
from folder import read_model, thresholds_of
from model import Elastic
from rows import Held, read_held
from scores import score_puzzles, score_tasks

LENGTH = 385  # tokens of a held-out row
AT_ONCE = 32  # rows
BUDGETS = [i / 20 for i in range(21)]
REPORTED = [0, 0.25, 0.5, 1]  # budgets of tasks and puzzles


def token_losses(hidden: Tensor, head: Tensor, ids: Tensor) -> Tensor:
    """Normed states [B, T, d] -> cross-entropy of ids[:, 1:], [B, T - 1]."""
    losses = []
    for states, targets in zip(hidden[:, :-1].split(4), ids[:, 1:].split(4)):
        logits = (states @ head.T).float()
        losses.append(F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape))
    return torch.cat(losses)


class Curve:
    """The held-out rows begun once, then routed in many ways: all rows stage by stage, since a threshold needs the
    scores of every row."""

    def __init__(self, model: Elastic, held: Held, dtype: torch.dtype):
        device = model.cos.device
        self.model, self.ids = model, held.ids.to(device)
        self.begun = [model.begin(ids, dtype) for ids in self.ids.split(AT_ONCE)]
        half = len(self.ids) // 2
        counted = held.counted[:, 1:].to(device)
        self.calibrating = torch.zeros_like(self.ids, dtype=torch.bool)  # tokens whose next one counts
        self.calibrating[:half, :-1] = counted[:half]
        self.half, self.weights = half, counted[half:].float()

    def mean(self, values: Tensor) -> float:
        """Of values [second half, T - 1] where they count."""
        return ((values * self.weights).sum() / self.weights.sum()).item()

    def routed(self, choose: Choose) -> tuple[list[Tensor], Tensor]:
        """-> states that tokens end with, by batch, and depths [N, T]."""
        states = [state for state, _ in self.begun]
        alive = torch.ones_like(self.ids, dtype=torch.bool)
        depth = alive.long()
        for r in range(1, self.model.shape.recursions):
            scores = torch.cat([self.model.routers[r - 1](state) for state in states])
            alive = alive & choose(r - 1, scores, alive)
            depth = depth + alive
            if alive.any():
                parts = zip(self.begun, states, alive.split(AT_ONCE))
                states = [self.model.admit(r, state, written, part) for (_, written), state, part in parts]
        return states, depth

    def loss(self, states: list[Tensor]) -> float:
        head = self.model.head().to(states[0].dtype)
        parts = zip(states, self.ids.split(AT_ONCE))
        return self.mean(
            torch.cat([token_losses(self.model.tail(state), head, ids) for state, ids in parts])[self.half :]
        )

    def at(self, budget: float, lot: torch.Generator) -> dict:
        """One row of the curve."""
        recursions = self.model.shape.recursions
        shares, found = capacities(budget, recursions), []
        total = int(self.calibrating.sum())

        def by_router(router: int, scores: Tensor, alive: Tensor) -> Tensor:
            found.append(threshold(scores[self.calibrating & alive], shares[router], total))
            return scores >= found[-1]

        states, depth = self.routed(by_router)
        mean_depth = self.mean(depth[self.half :, :-1].float())
        loss = self.loss(states)
        return {
            "budget": budget,
            "thresholds": [None if math.isinf(t) else t for t in found],
            "capacities": shares,
            "router": loss,
            "mean_depth": mean_depth,
            "realised": (mean_depth - 1) / (recursions - 1),
            "random": self.loss(self.routed(by_lot(shares, lot))[0]) if 0 < budget < 1 else loss,
        }

    def uniform(self) -> list[float]:
        """Loss with every token at depth 1, 2, ..., R."""
        deep = [self.model.deep(*begun) for begun in self.begun]
        return [self.loss(list(states)) for states in zip(*deep)]


def runner(
    model: Elastic, dtype: torch.dtype, thresholds: list[float]
) -> Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]:
    """-> function of ids [B, T]: normed states, depths, head."""

    def run(ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        state, depth = model.route(*model.begin(ids, dtype), by_thresholds(thresholds))
        return model.tail(state), depth, model.head().to(dtype)

    return run


def teacher_loss(teacher: Dense, curve: Curve) -> float:
    parts = [token_losses(teacher.hidden(ids), teacher.head(), ids) for ids in curve.ids[curve.half :].split(AT_ONCE)]
    return curve.mean(torch.cat(parts))


@torch.no_grad()
def evaluate(
    model: Elastic, teacher: Dense | None, data: Path, dtype: torch.dtype, rows: int | None, quick: bool
) -> dict:
    held = read_held(data / "held.npz", min(LENGTH, model.shape.context))
    if rows:
        held = held[:: max(1, len(held.ids) // rows)]
    curve = Curve(model, held, dtype)
    lot = torch.Generator().manual_seed(7)
    result: dict = {"teacher": teacher_loss(teacher, curve)} if teacher else {}
    result["curve"] = [curve.at(budget, lot) for budget in ([0, 0.25, 0.5, 0.75, 1] if quick else BUDGETS)]
    result["uniform"] = curve.uniform()
    found = {row["budget"]: thresholds_of(row) for row in result["curve"]}
    del curve
    runners = {budget: runner(model, dtype, found[budget]) for budget in REPORTED}
    if (data / "bench.npz").exists():
        held = read_held(data / "bench.npz")
        result["bench"] = {f"budget {b}": score_tasks(run, held, quick) for b, run in runners.items()}
        if teacher:
            result["bench"]["teacher"] = score_tasks(
                lambda ids: (teacher.hidden(ids), None, teacher.head()), held, quick
            )
    if (data / "puzzle_eval.npz").exists():
        result["puzzles"] = score_puzzles(runners, read_held(data / "puzzle_eval.npz"), quick)
    return result


def calibration(result: dict) -> dict:
    """eval.json -> calibration.json: thresholds null where they let every token on, or none."""

    def short(values: list, digits: int = 5) -> list:
        return [None if value is None else round(value, digits) for value in values]

    rows = []
    for row in result["curve"]:
        realised, depth, nll, random_nll = short([row[n] for n in ("realised", "mean_depth", "router", "random")], 4)
        rows.append({
            "budget": row["budget"], "capacities": short(row["capacities"]), "thresholds": short(row["thresholds"]),
            "realised": realised, "mean_depth": depth, "nll": nll, "random_nll": random_nll,
        })  # fmt: skip
    return {"budgets": rows, "uniform_depth_nll": short(result["uniform"], 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dense", type=Path, help="the teacher's folder")
    parser.add_argument("--rows", type=int, help="so many held-out rows")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement: nothing is written")
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device, dtype = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
    model = read_model(args.model).to(device)
    teacher = read_dense(args.dense).to(device, dtype) if args.dense else None
    result = evaluate(model, teacher, args.data, dtype, args.rows, args.quick)
    for row in result["curve"]:
        print(*(round(row[name], 4) for name in ("budget", "realised", "router", "random")))
    print(
        *(
            f"{name} {json.dumps(result[name])}"
            for name in ("uniform", "teacher", "bench", "puzzles")
            if name in result
        ),
        sep="\n",
    )
    if args.quick:
        return
    before = args.model / "eval.json"
    meta = json.loads(before.read_text())["meta"] if before.exists() else {}
    before.write_text(json.dumps({"meta": meta, **result}, indent=1))
    (args.model / "calibration.json").write_text(json.dumps(calibration(result), indent=1))


if __name__ == "__main__":
    main()
