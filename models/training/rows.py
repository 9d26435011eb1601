"""Rows of tokens: what prepare.py writes and training and evaluation read.

NAME.xz          uint16 [N, 1025] (uint32 where `rows.json` says so), LZMA: rows of text, or of puzzles
puzzle_mask.xz   bits [N, 1025] of the puzzles' rows, eight a byte: the answers' tokens, whose prediction counts
held.npz         `ids` uint16 [N, 513] and `mask` bits: held-out chats and texts
puzzle_eval.npz  the same with `kind` and `level`: held-out puzzles, the answers' tokens counted
bench.npz        the same with `group` [N], and `label` and `names` by group: choices of tasks (tasks.py)
"""

import json
import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

LENGTH = 1025  # tokens of a row: 1,024 to predict from
MASKS = {"puzzles": "puzzle_mask"}  # of other rows every token counts
LZMA_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6, "lc": 0, "lp": 1, "pb": 1, "dict_size": 1 << 26}]


def token_type(vocabulary: int) -> np.dtype:
    return np.dtype(np.uint16 if vocabulary <= 1 << 16 else np.uint32)


def write_rows(folder: Path, name: str, rows: np.ndarray, mask: np.ndarray | None = None) -> None:
    """rows [N, LENGTH] of token_type, mask [N, LENGTH] bool."""

    def write(file: str, data: bytes) -> None:
        (folder / f"{file}.xz").write_bytes(lzma.compress(data, format=lzma.FORMAT_XZ, filters=LZMA_FILTERS))

    (folder / "rows.json").write_text(json.dumps({"length": rows.shape[1], "dtype": str(rows.dtype)}))
    write(name, rows.tobytes())
    if mask is not None:
        write(MASKS[name], np.packbits(mask, axis=1).tobytes())


def read_rows(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """-> rows [N, L], and their mask [N, L] where they have one."""
    described = folder / "rows.json"
    about = json.loads(described.read_text()) if described.exists() else {"length": LENGTH, "dtype": "uint16"}
    length = about["length"]
    data = lzma.decompress((folder / f"{name}.xz").read_bytes())
    rows = np.frombuffer(data, about["dtype"]).reshape(-1, length)
    if name not in MASKS:
        return rows, None
    bits = np.frombuffer(lzma.decompress((folder / f"{MASKS[name]}.xz").read_bytes()), np.uint8).reshape(len(rows), -1)
    return rows, np.unpackbits(bits, axis=1)[:, :length].astype(bool)


@dataclass
class Held:
    """ids [N, L]; counted [N, L]: whether a token is one to be predicted; extra arrays of the file by name."""

    ids: Tensor
    counted: Tensor
    extra: dict[str, np.ndarray]

    def __getitem__(self, which) -> "Held":
        """Some of the rows; arrays that go by row go along."""
        n = len(self.ids)
        keep = np.arange(n)[which]
        extra = {name: array[keep] if len(array) == n else array for name, array in self.extra.items()}
        return Held(self.ids[keep], self.counted[keep], extra)


def write_held(file: Path, ids: list[list[int]], masks: list[list[int]], length: int, dtype, **extra) -> None:
    """Rows of different lengths, filled up with zeros that do not count."""
    filled = np.zeros((len(ids), length), dtype)
    counted = np.zeros((len(ids), length), bool)
    for row, (tokens, mask) in enumerate(zip(ids, masks)):
        filled[row, : len(tokens)], counted[row, : len(mask)] = tokens, mask
    np.savez_compressed(file, ids=filled, mask=np.packbits(counted, axis=1), **extra)


def read_held(file: Path, length: int | None = None) -> Held:
    """length: so many tokens of every row."""
    arrays = dict(np.load(file))
    ids = torch.from_numpy(arrays.pop("ids").astype(np.int64))
    counted = torch.from_numpy(np.unpackbits(arrays.pop("mask"), axis=1)[:, : ids.size(1)].astype(bool))
    return Held(ids[:, :length], counted[:, :length], arrays)
