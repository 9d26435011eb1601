"""Budgets, capacities and the rules that turn scores into depths."""

import math

import pytest
import torch

from depth import (
    calibrated_thresholds,
    capacities,
    draw_capacities,
    expert_choice,
    random_rule,
    threshold_rule,
)


@pytest.mark.parametrize("recursions", [2, 3, 4])
@pytest.mark.parametrize("budget", [0.0, 0.1, 0.5, 0.93, 1.0])
def test_capacities_are_geometric_and_spend_the_budget(budget, recursions):
    caps = capacities(budget, recursions)
    assert len(caps) == recursions - 1
    assert sum(caps) / len(caps) == pytest.approx(budget, abs=1e-6)
    assert caps == pytest.approx([caps[0] ** k for k in range(1, recursions)])


def test_drawn_capacities_do_not_increase():
    caps = draw_capacities(200, 4, 0.35)
    assert (caps[:, 1:] <= caps[:, :-1]).all() and caps.min() >= 0 and caps.max() <= 1
    assert 0.2 < (caps == 1).all(dim=1).float().mean() < 0.5


def test_expert_choice_takes_the_highest_scores_of_those_that_got_there():
    scores = torch.tensor([[[4.0, 0.0], [3.0, 9.0], [2.0, 5.0], [1.0, 99.0]]])
    depth = expert_choice(scores, torch.tensor([[0.75, 0.25]]))
    assert depth.tolist() == [[2, 3, 2, 1]]


def test_expert_choice_ignores_padding():
    scores = torch.zeros(1, 8, 1)
    scores[0, 4:] = 10.0
    real = torch.tensor([[True] * 4 + [False] * 4])
    depth = expert_choice(scores, torch.tensor([[0.5]]), real)
    assert depth[0, 4:].eq(1).all() and depth[0, :4].eq(2).sum() == 2


def test_thresholds_spend_the_capacities_they_were_made_for():
    scores = torch.randn(1, 4000, 2)
    caps = capacities(0.4, 3)
    thresholds = calibrated_thresholds(scores[0], caps)
    depth = threshold_rule(scores, thresholds)
    reached = [(depth >= r).float().mean().item() for r in (2, 3)]
    assert reached == pytest.approx(caps, abs=0.001)


def test_threshold_and_expert_choice_agree_on_the_text_of_the_calibration():
    scores = torch.randn(1, 1000, 2)
    caps = [0.6, 0.3]
    by_threshold = threshold_rule(scores, calibrated_thresholds(scores[0], caps))
    assert torch.equal(by_threshold, expert_choice(scores, torch.tensor([caps])))


def test_threshold_rule_is_causal_and_hierarchical():
    scores = torch.tensor([[[-1.0, 5.0], [1.0, 5.0], [1.0, -5.0]]])
    assert threshold_rule(scores, [0.0, 0.0]).tolist() == [[1, 3, 2]]
    assert threshold_rule(scores[:, :2], [0.0, 0.0]).tolist() == [[1, 3]]


def test_ends_of_the_slider():
    scores = torch.randn(500, 2)
    assert calibrated_thresholds(scores, [0.0, 0.0]) == [math.inf, math.inf]
    assert calibrated_thresholds(scores, [1.0, 1.0]) == [-math.inf, -math.inf]


def test_random_rule_spends_the_capacities():
    depth = random_rule((100, 200), [0.5, 0.25])
    assert (depth >= 2).float().mean().item() == pytest.approx(0.5, abs=0.02)
    assert (depth >= 3).float().mean().item() == pytest.approx(0.25, abs=0.02)
