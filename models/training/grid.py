"""The grids that weights are trained onto and stored on: codes of 8 or 4 bits, a float16 scale per group of a row.

8 bits  groups of 32, codes -127..127, the value of largest magnitude at +-127 ("int-quantized" of compressed-tensors)
4 bits  groups of 64, codes -8..7, the value of largest magnitude at -8, so scales may be negative ("pack-quantized")

While training, the forward pass uses values on the grid and the gradient passes as if they were not: the
straight-through estimator (arXiv 1308.3432). Putting values on a grid twice changes nothing.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from shape import Refused


@dataclass(frozen=True)
class Grid:
    """`least`: scales are no smaller; below it float16 is too coarse for the largest value to land on its code."""

    bits: int
    group: int
    least: float

    def check(self, name: str, columns: int) -> None:
        if columns % self.group:
            raise Refused(f"{name} has rows of {columns} values; {self.bits} bits need a multiple of {self.group}")

    def codes(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """weight [rows, columns] -> codes [rows, columns] and scales [rows, columns / group], both float32."""
        groups = weight.float().unflatten(-1, (-1, self.group))
        largest = groups.gather(-1, groups.abs().argmax(-1, keepdim=True))
        scale = (largest.abs() / 127 if self.bits == 8 else largest / -8).half().float()
        scale = torch.where(scale.abs() < self.least, self.least, scale)
        low, high = (-127, 127) if self.bits == 8 else (-8, 7)
        return (groups / scale).round().clamp(low, high).flatten(-2), scale.squeeze(-1)

    def values(self, codes: Tensor, scales: Tensor) -> Tensor:
        """The inverse of `codes`: float32 [rows, columns]."""
        return (codes.float().unflatten(-1, (-1, self.group)) * scales.float()[..., None]).flatten(-2)

    def nearest(self, weight: Tensor) -> Tensor:
        """weight moved onto the grid."""
        return self.values(*self.codes(weight)).to(weight.dtype)

    def straight_through(self, weight: Tensor, share: Tensor) -> Tensor:
        """weight moved by `share` (0..1) of the way onto the grid; its gradient is the identity."""
        still = weight.detach()
        return weight + share * (self.nearest(still) - still)


EIGHT = Grid(8, 32, 2.0**-16)
FOUR = Grid(4, 64, 2.0**-20)


def grid_for(name: str, bits: int) -> Grid:
    """The grid of a matrix: the embedding, which is also the head, has 8 bits always."""
    return FOUR if bits == 4 and "embed_tokens" not in name else EIGHT


def pack(codes: Tensor) -> Tensor:
    """Codes -8..7 [rows, columns] -> int32 [rows, columns / 8]: code + 8 in four bits, the lowest bits first."""
    nibbles = (codes.long() + 8).unflatten(-1, (-1, 8)) << (4 * torch.arange(8, device=codes.device))
    words = nibbles.sum(-1)
    return torch.where(words >= 2**31, words - 2**32, words).to(torch.int32)


def unpack(words: Tensor) -> Tensor:
    """The inverse of `pack`: int8."""
    return ((words.long()[..., None] >> (4 * torch.arange(8)) & 15) - 8).flatten(-2).to(torch.int8)
