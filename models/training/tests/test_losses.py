"""The objective: what counts as a rise of the loss with depth."""

import torch

from losses import LEAST_GAIN, rise


def exits_and_scores(change: torch.Tensor) -> tuple[tuple[torch.Tensor, ...], torch.Tensor, torch.Tensor]:
    """Two exits [1, 8] that differ by `change`, scores that order the tokens as they stand, all counted."""
    shallow = torch.full((1, 8), 3.0, requires_grad=True)
    deep = (shallow.detach() + change).requires_grad_()
    return (shallow, deep), torch.arange(8.0).view(1, 8, 1), torch.ones(1, 8, dtype=torch.bool)


def test_enough_gain_everywhere_costs_nothing():
    assert rise(*exits_and_scores(torch.full((8,), -2 * LEAST_GAIN))) == 0


def test_a_group_that_loses_is_not_paid_for_by_another():
    change = torch.tensor([1.0, 1.0, 0, 0, 0, 0, -9.0, -9.0])
    found = rise(*exits_and_scores(change))
    assert torch.isclose(found, torch.tensor((1 + 3 * LEAST_GAIN) / 4))


def test_only_the_deeper_exit_of_the_losing_group_learns():
    exits, scores, counted = exits_and_scores(torch.tensor([-1.0, -1, -1, -1, -1, -1, 1, 1]))
    rise(exits, scores, counted).backward()
    assert exits[0].grad is None
    assert exits[1].grad[0].nonzero().flatten().tolist() == [6, 7]


def test_nothing_counted():
    exits, scores, counted = exits_and_scores(torch.ones(8))
    assert rise(exits, scores, counted & False) == 0
