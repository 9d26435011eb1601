"""What 8-bit and 4-bit weights would cost: block quantisation emulated in float32, loss at budgets 0, 50 and 100.

python quantise.py --model FOLDER --tokens DIR/tokens [--json OUT]

Symmetric, one float16 scale for every 32 weights of a row (as ONNX's block-wise MatMulNBits and llama.cpp's Q8_0 and
Q4_0 do): w ~ scale * q, q an integer in -127..127 or -7..7. Routers and norms stay float32. "embedding at 8" keeps
the embedding, which is the head too, at 8 bits while the layers go to 4.
"""

import argparse
import copy
import json
from pathlib import Path

import torch
from torch import Tensor

from depth import threshold_rule
from evaluate import Judged, held_out_windows, judge
from folder import keeps_float32, load_model
from generate import budget_thresholds
from model import ElasticMoR

BLOCK = 32
BUDGETS = (0.0, 0.5, 1.0)
# name -> bits of the layers' matrices and of the embedding; None: bfloat16 as stored
VARIANTS = {
    "bfloat16 (as stored)": (None, None),
    "8 bits": (8, 8),
    "4 bits, embedding at 8": (4, 8),
    "4 bits": (4, 4),
}


def round_to_blocks(weight: Tensor, bits: int) -> Tensor:
    """weight [out, in] -> the values that its quantised form stands for."""
    largest = 2 ** (bits - 1) - 1
    blocks = weight.reshape(-1, BLOCK)
    scale = (blocks.abs().amax(dim=1, keepdim=True) / largest).half().float().clamp(min=1e-8)
    return ((blocks / scale).round().clamp(-largest, largest) * scale).view_as(weight)


def quantised(model: ElasticMoR, layer_bits: int | None, embedding_bits: int | None) -> tuple[ElasticMoR, int]:
    """A copy with rounded weights, and the bytes its weights would take on disk."""
    model = copy.deepcopy(model)
    size = 0.0
    for name, parameter in model.named_parameters():
        bits = embedding_bits if name.startswith("embed_tokens") else layer_bits
        if keeps_float32(name):
            size += 4 * parameter.numel()
        elif bits is None:
            size += 2 * parameter.numel()
        else:
            parameter.data = round_to_blocks(parameter.data, bits)
            size += parameter.numel() * (bits / 8 + 2 / BLOCK)
    return model, round(size)


def losses(judged: Judged, calibration: dict) -> list[float]:
    """Loss per token at each of BUDGETS, by the calibrated thresholds."""
    recursions = judged.model.config.num_recursions
    limits = (budget_thresholds(calibration, budget, recursions) for budget in BUDGETS)
    return [round(judged.loss(threshold_rule(judged.scores, limit)), 4) for limit in limits]


def measure(folder: Path, tokens: Path, windows: int) -> dict:
    """{variant: {bytes, loss at each budget, largest relative rise over the stored weights}}"""
    model = load_model(folder)
    calibration = json.loads((folder / "calibration.json").read_text())
    text = held_out_windows(tokens, "held_out_short", 1, windows)
    results, base = {}, None
    for name, bits in VARIANTS.items():
        variant, size = quantised(model, *bits)
        measured = losses(judge(variant, text), calibration)
        base = base or measured
        rise = max(value / reference - 1 for value, reference in zip(measured, base))
        results[name] = {"bytes": size, "nll": measured, "largest_rise": round(rise, 5)}
    return results


def markdown(results: dict) -> str:
    lines = ["| weights | MB | loss at 0 | at 50 | at 100 | largest rise |", "|---|---|---|---|---|---|"]
    for name, row in results.items():
        values = " | ".join(f"{value:.4f}" for value in row["nll"])
        lines.append(f"| {name} | {row['bytes'] / 1e6:.1f} | {values} | {row['largest_rise']:.2%} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    results = measure(args.model, args.tokens, args.windows)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))
    print(markdown(results))


if __name__ == "__main__":
    main()
