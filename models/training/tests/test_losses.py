"""The head's loss against the plain formula and its autograd; the routers' targets."""

import torch
import torch.nn.functional as F

from losses import HeadLoss, router_loss


def test_head_loss_and_gradient():
    hidden, head = torch.randn(30, 8, requires_grad=True), torch.randn(50, 8, requires_grad=True)
    teacher_hidden, teacher_head = torch.randn(30, 12), torch.randn(50, 12)
    targets, distill, text = torch.randint(50, (30,)), torch.rand(30), torch.rand(30)
    loss, kl, ce = HeadLoss.apply(hidden, head, teacher_hidden, teacher_head, targets, distill, text, 7)
    (3 * loss).backward()
    found = hidden.grad.clone(), head.grad.clone()
    hidden.grad = head.grad = None
    logits, wanted = hidden @ head.T, (teacher_hidden @ teacher_head.T).softmax(-1)
    plain_kl = F.kl_div(logits.log_softmax(-1), wanted, reduction="none").sum(-1)
    plain_ce = F.cross_entropy(logits, targets, reduction="none")
    plain = (distill * plain_kl + text * plain_ce).sum()
    (3 * plain).backward()
    for ours, theirs in ((loss, plain), (kl, plain_kl), (ce, plain_ce), (found[0], hidden.grad), (found[1], head.grad)):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_routers_learn_the_rank_of_what_is_saved():
    gains = torch.randn(64, 2)
    ordered = torch.logit((gains.argsort(0).argsort(0) / 63).clamp(0.01, 0.99))
    losses = [router_loss(scores, gains) for scores in (ordered, torch.zeros(64, 2), -ordered)]
    assert losses[0] < losses[1] < losses[2]
