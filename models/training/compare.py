"""What later recursions earn, at equal compute: small models from scratch, one change each.

python compare.py --tokens DIR/tokens --work DIR/compare [--compute 1e12] [--jobs 2] [--only NAME ...]

Every variant gets the same number of multiply-adds of the training forward pass (layers, exits and heads, backward
being twice that for all), so a dearer one makes fewer steps. Same tokens, same seed, chain puzzles only. A variant
is trained in WORK/<name> by train.py and measured into WORK/<name>/result.json; what is there already is kept, so
the command may be stopped and started again. The table is written to WORK/table.md.
"""

import argparse
import json
import math
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

import puzzles
from evaluate import held_out_windows, judge, uniform_losses
from evaluate_puzzles import level_cell
from export import model_of_run
from losses import Objective
from model import Layer, ModelConfig

CODE = Path(__file__).resolve().parent
BASE = ModelConfig(hidden_size=96, num_heads=3, num_kv_heads=1, head_dim=32, intermediate_size=288, router_hidden=32)
TEXT_ROWS, LENGTH, PUZZLE_ROWS, PUZZLE_LENGTH = 8, 128, 4, 131  # the last: mean of padded chain rows
CHAIN_LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Variant:
    """A change of sizes and of train.py's options."""

    name: str
    config: ModelConfig = BASE
    options: dict[str, float] = field(default_factory=dict)


VARIANTS = (
    Variant("base"),
    Variant("a gate per depth", replace(BASE, depth_gate=True)),
    Variant("LoRA of rank 4 per depth", replace(BASE, depth_lora=4)),
    Variant("first layer re-injected", replace(BASE, reinject=True)),
    Variant("6 recursions of 1 layer", replace(BASE, block_layers=1, num_recursions=6)),
    Variant("70% of rows at full depth", options={"full-share": 0.7}),
    Variant("dense, deep end's layers", replace(BASE, block_layers=6, num_recursions=1)),
    Variant("base, second seed", options={"seed": 1}),
    Variant("base, nothing against rises", options={"falling-weight": 0.0}),
    Variant("dense, shallow end's layers", replace(BASE, block_layers=2, num_recursions=1)),
)


def layer_cost(config: ModelConfig) -> int:
    """Multiply-adds of one layer for one token, attention over half a row included."""
    matrices = sum(p.numel() for p in Layer(replace(config, depth_lora=0)).parameters() if p.dim() == 2 and len(p) > 1)
    return matrices + LENGTH * config.num_heads * config.head_dim


def step_cost(config: ModelConfig) -> float:
    """Multiply-adds of one training step's forward pass: every depth, the mixed exit, and the probed rows' exits."""
    layer, head = layer_cost(config), config.vocab_size * config.hidden_size
    widths = 5 * config.hidden_size + 2 * config.num_heads * config.head_dim + 3 * config.intermediate_size
    lora = config.depth_lora * widths  # into and out of the matrices q, o, gate, up and down
    depths = layer + config.num_recursions * config.block_layers * (layer + lora)
    text, puzzle = TEXT_ROWS * LENGTH, PUZZLE_ROWS * PUZZLE_LENGTH
    exits = config.num_recursions * (Objective.text_probe * text * (layer + head) + puzzle * layer)
    return (text + puzzle) * (depths + layer) + text * head + exits  # a puzzle's few answer tokens: no head counted


def train(variant: Variant, folder: Path, tokens: Path, steps: int) -> None:
    """train.py in a process of its own, going on from the folder's checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sizes.json").write_text(json.dumps(variant.config.as_dict()))
    options = {
        "tokens": tokens, "run": folder, "config": folder / "sizes.json", "steps": steps, "anneal": steps // 3,
        "rate": 3e-3, "muon-rate": 3e-3, "text-rows": TEXT_ROWS, "length": LENGTH, "puzzle-rows": PUZZLE_ROWS,
        "kinds": "chain", "threads": 1, "falling-weight": 1.0, **variant.options,
    }  # fmt: skip
    command = [sys.executable, str(CODE / "train.py"), "--float32"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    with open(folder / "output.txt", "a") as log:
        subprocess.run(command, check=True, stdout=log, stderr=log)


def measure(variant: Variant, folder: Path, tokens: Path, windows: int, count: int) -> dict:
    """Losses on held-out short chats and held-out chain puzzles right, with everybody at each depth."""
    model = model_of_run(folder).eval()
    tokenizer = Tokenizer.from_file(str(tokens / "tokenizer.json"))
    recursions = model.config.num_recursions
    depths = {r: [-math.inf] * (r - 1) + [math.inf] * (recursions - r) for r in range(1, recursions + 1)}
    chain = {}
    for level in CHAIN_LEVELS:
        rng = random.Random(f"compare {level}")
        made = [puzzles.held_out_puzzle(rng, "chain", level) for _ in range(count)]
        cells = level_cell(model, tokenizer, made, depths)
        chain[level] = [cells[r]["right"] for r in depths]
    trained = json.loads((folder / "training.json").read_text())
    text = held_out_windows(tokens, "held_out_short", 1, windows)[:, : LENGTH + 1]
    return {
        "name": variant.name,
        "parameters": sum(p.numel() for p in model.parameters()),
        "layers": [2 + model.config.block_layers * r for r in depths],
        "steps": trained["steps"],
        "tokens": trained["tokens"],
        "loss": uniform_losses(judge(model, text)),
        "chain": chain,
    }


def one(variant: Variant, args: argparse.Namespace) -> None:
    """Train and measure a variant unless its result is there."""
    folder = args.work / variant.name.replace(" ", "_").replace(",", "").replace("'", "").replace("%", "")
    result = folder / "result.json"
    if result.exists():
        return
    train(variant, folder, args.tokens, round(args.compute / step_cost(variant.config)))
    found = measure(variant, folder, args.tokens, args.windows, args.count)
    result.write_text(json.dumps(found, indent=1))
    print(json.dumps(found), flush=True)


def markdown(results: list[dict]) -> str:
    """The table of results in the order of VARIANTS."""
    lines = ["| variant | M parameters | layers | steps | loss at each exit | gain | chain of 1, 2, 3 at the ends |"]
    lines.append("|---" * 7 + "|")
    for row in results:
        exits = ", ".join(f"{value:.3f}" for value in row["loss"])
        ends = "; ".join(" to ".join(f"{v:.0%}" for v in dict.fromkeys((r[0], r[-1]))) for r in row["chain"].values())
        layers = " to ".join(str(n) for n in dict.fromkeys((row["layers"][0], row["layers"][-1])))
        gain = f"{row['loss'][0] - row['loss'][-1]:.4f}" if len(row["loss"]) > 1 else ""
        sizes = f"{row['parameters'] / 1e6:.2f} | {layers} | {row['steps']}"
        lines.append(f"| {row['name']} | {sizes} | {exits} | {gain} | {ends} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--compute", type=float, default=1e12, help="multiply-adds of all forward passes")
    parser.add_argument("--only", nargs="+", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("--windows", type=int, default=150)
    parser.add_argument("--count", type=int, default=100, help="puzzles of each number of steps")
    parser.add_argument("--jobs", type=int, default=2, help="variants at a time, one thread each")
    args = parser.parse_args()
    torch.set_num_threads(1)
    chosen = [variant for variant in VARIANTS if not args.only or variant.name in args.only]
    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(lambda variant: one(variant, args), chosen))
    found = [json.loads(file.read_text()) for file in args.work.glob("*/result.json")]
    results = {result["name"]: result for result in found}
    table = markdown([results[variant.name] for variant in VARIANTS if variant.name in results])
    (args.work / "table.md").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
