"""Where to cut a dense Llama for the tied form: its cross-entropy, untrained, with the block at every place.

python places.py --dense HF --data ROWS --block 8 --keep 24 [--rows 32]

A block of layers s .. s + block - 1, the layers behind it dropped so that `keep` are left, is run once and twice (the
second time with the keys and values of the first). Lowest first; the order is by once plus half of twice.
"""

import argparse
from pathlib import Path

import torch

from dense import Dense, read_dense
from evaluate import token_losses
from rows import Held, read_held

AT_ONCE = 8


@torch.no_grad()
def cross_entropy(dense: Dense, held: Held, order: list[tuple[int, str | None]]) -> float:
    """Nats a counted token with layers run in this order (`Dense.hidden`)."""
    total = counted = 0.0
    for ids, mask in zip(held.ids.split(AT_ONCE), held.counted[:, 1:].split(AT_ONCE)):
        ids, mask = ids.to(dense.cos.device), mask.to(dense.cos.device)
        total += (token_losses(dense.hidden(ids, order), dense.head(), ids) * mask).sum().item()
        counted += mask.sum().item()
    return total / counted


def search(dense: Dense, held: Held, block: int, keep: int) -> list[tuple[float, float, int, int]]:
    """-> (once, twice, first layers, last layers), the best place first."""
    layers, found = dense.shape.layers, []
    for first in range(1, keep - block):
        last = keep - block - first
        looped = [(i, str(i)) for i in range(first, first + block)]
        before, after = [(i, None) for i in range(first)], [(i, None) for i in range(layers - last, layers)]
        once, twice = (cross_entropy(dense, held, [*before, *looped * turns, *after]) for turns in (1, 2))
        found.append((once, twice, first, last))
    return sorted(found, key=lambda place: place[0] + place[1] / 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("dense", "data"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--block", type=int, default=8)
    parser.add_argument("--keep", type=int, default=24)
    parser.add_argument("--rows", type=int, default=32)
    args = parser.parse_args()
    device, dtype = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
    dense = read_dense(args.dense).to(device, dtype)
    held = read_held(args.data / "held.npz", 128 if device == "cpu" else None)[: args.rows]
    everything = [(i, None) for i in range(dense.shape.layers)]
    print("uncut", round(cross_entropy(dense, held, everything), 3))
    for once, twice, first, last in search(dense, held, args.block, args.keep):
        print(f"--first {first} --block {args.block} --last {last}: once {once:.3f}, twice {twice:.3f}", flush=True)


if __name__ == "__main__":
    main()
