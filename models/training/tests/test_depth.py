"""Capacities for budgets, thresholds for capacities, and who goes on."""

import math

import pytest
import torch

from depth import NEVER, by_lot, by_rank, by_thresholds, capacities, threshold


@pytest.mark.parametrize("recursions", [2, 3, 4])
def test_capacities_fall_and_realise_the_budget(recursions):
    for budget in (0, 0.05, 0.5, 0.95, 1):
        shares = capacities(budget, recursions)
        assert sum(shares) / (recursions - 1) == pytest.approx(budget, abs=1e-6)
        assert shares == sorted(shares, reverse=True) and len(shares) == recursions - 1


def test_thresholds_let_the_wanted_share_on():
    scores = torch.randn(1000)
    for capacity in (0.001, 0.25, 0.9, 0.9999):
        found = threshold(scores, capacity, 1000)
        assert (scores >= found).sum() == round(capacity * 1000) and math.isfinite(found)
    assert (scores >= threshold(scores, 0.0001, 1000)).sum() == 0
    assert threshold(scores, 0, 1000) == math.inf and threshold(scores, 1, 1000) == -math.inf
    assert threshold(scores[:0], 0.5, 1000) == NEVER
    assert (scores[:100] >= threshold(scores[:100], 0.5, 1000)).all()


def test_who_goes_on():
    scores, alive = torch.randn(2, 400), torch.ones(2, 400, dtype=torch.bool)
    assert torch.equal(by_thresholds([0.0])(0, scores, alive), scores >= 0)
    alive[:, :200] = False
    chosen = by_rank([10])(0, scores, alive)
    assert chosen.sum(1).tolist() == [10, 10] and not chosen[:, :200].any()
    assert scores[0, 200:][chosen[0, 200:]].min() >= scores[0, 200:][~chosen[0, 200:]].max()
    drawn = by_lot([0.5, 0.25], torch.Generator().manual_seed(1))
    assert 0.4 < drawn(0, scores, alive).float().mean() < 0.6
    assert 0.4 < drawn(1, scores, alive).float().mean() < 0.6
