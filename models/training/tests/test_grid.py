"""The grids: nothing moves twice, errors are bounded, and what is stored is exactly what is used."""

import pytest
import torch

from grid import EIGHT, FOUR, Grid, grid_for, pack, unpack
from shape import Refused


def weights(scale: float) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(16, 256, generator=generator) * scale


@pytest.mark.parametrize("grid", [EIGHT, FOUR], ids=["8", "4"])
@pytest.mark.parametrize("scale", [3.0, 1.0, 0.02, 1e-4, 1e-6, 0.0])
def test_on_the_grid_for_good(grid: Grid, scale: float):
    weight = weights(scale)
    once = grid.nearest(weight)
    assert torch.equal(grid.nearest(once), once)
    codes, scales = grid.codes(once)
    stored = grid.values(codes.to(torch.int8), scales.half())
    assert torch.equal(stored, once)
    step = scales.abs()[..., None].expand(-1, -1, grid.group).flatten(-2)
    assert ((once - weight).abs() <= step * (1.05 if grid.bits == 4 else 0.6)).all()  # +7 may stand for +8
    inside = codes.abs() < 7
    assert ((once - weight).abs()[inside] <= step[inside] * 0.501).all()


def test_four_bits_have_scales_of_both_signs():
    weight = weights(1.0)
    codes, scales = FOUR.codes(weight)
    assert (scales < 0).any() and (scales > 0).any()
    largest = weight.unflatten(-1, (-1, 64)).abs().argmax(-1, keepdim=True)
    assert (codes.unflatten(-1, (-1, 64)).gather(-1, largest) == -8).all()


def test_packing():
    codes = torch.randint(-8, 8, (4, 64))
    words = pack(codes)
    assert words.dtype == torch.int32 and words.shape == (4, 8)
    assert torch.equal(unpack(words).long(), codes)
    assert (int(words[1, 2]) & 0xFFFFFFFF) >> 12 & 15 == int(codes[1, 19]) + 8


def test_straight_through():
    weight = weights(1.0).requires_grad_()
    moved = FOUR.straight_through(weight, torch.tensor(1.0))
    torch.testing.assert_close(moved, FOUR.nearest(weight.detach()))
    moved.mul(3).sum().backward()
    assert (weight.grad == 3).all()
    assert torch.equal(FOUR.straight_through(weight, torch.tensor(0.0)), weight)


def test_which_grid():
    assert grid_for("embed_tokens", 4) is EIGHT and grid_for("block.0.mlp.up_proj", 4) is FOUR
    with pytest.raises(Refused, match="up_proj has rows of 96 values; 4 bits need a multiple of 64"):
        FOUR.check("up_proj", 96)
