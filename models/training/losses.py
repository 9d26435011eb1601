"""What training minimises: distillation and cross-entropy of a wide head without its logits, and the routers' loss."""

import torch
import torch.nn.functional as F
from torch import Tensor


def head_gradient(
    student: Tensor, teacher: Tensor, targets: Tensor, distill: Tensor, text: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Logits [n, V] of both, targets [n], weights [n] -> KL(teacher || student) [n], cross-entropy [n], and the
    gradient of sum(distill KL + text CE) by the student's logits [n, V]."""
    kind = student.dtype
    log_student = F.log_softmax(student.float(), -1)
    log_teacher = F.log_softmax(teacher.float(), -1)
    p_teacher = log_teacher.exp()
    kl = (p_teacher * (log_teacher - log_student)).sum(-1)
    target = torch.arange(student.size(-1), device=student.device)[None] == targets[:, None]
    ce = -torch.where(target, log_student, 0.0).sum(-1)
    gradient = (distill + text)[:, None] * log_student.exp() - distill[:, None] * p_teacher
    gradient = gradient - torch.where(target, text[:, None], 0.0)
    return kl, ce, gradient.to(kind)


class Kernel:
    """`head_gradient`, or that compiled."""

    head = staticmethod(head_gradient)


class HeadLoss(torch.autograd.Function):
    """sum over tokens of distill KL + text CE. Logits are never kept: their gradient is made, and used, chunk by chunk
    in the forward pass.

    apply(hidden [n, d], head [V, d], teacher's hidden [n, e], teacher's head [V, e], targets [n], distill [n],
    text [n], chunk) -> loss, KL [n], CE [n]; the last two carry no gradient.
    """

    @staticmethod
    def forward(ctx, hidden, head, teacher_hidden, teacher_head, targets, distill, text, chunk):
        matrix = head.to(hidden.dtype)
        by_hidden = torch.empty_like(hidden)
        by_head = torch.zeros(head.shape, dtype=torch.float32, device=hidden.device)
        kl, ce = torch.empty_like(distill), torch.empty_like(distill)
        for start in range(0, hidden.size(0), chunk):
            part = slice(start, start + chunk)
            student, teacher = hidden[part] @ matrix.T, teacher_hidden[part] @ teacher_head.T
            kl[part], ce[part], by_logits = Kernel.head(student, teacher, targets[part], distill[part], text[part])
            by_hidden[part] = by_logits @ matrix
            by_head += by_logits.T @ hidden[part]
        ctx.save_for_backward(by_hidden, by_head)
        ctx.mark_non_differentiable(kl, ce)
        return (distill * kl + text * ce).sum(), kl, ce

    @staticmethod
    def backward(ctx, gradient, *_):
        by_hidden, by_head = ctx.saved_tensors
        return gradient * by_hidden, gradient * by_head, None, None, None, None, None, None


def router_loss(scores: Tensor, gains: Tensor) -> Tensor:
    """Binary cross-entropy of the scores towards the rank, scaled to 0..1, of what going to full depth saves.

    scores, gains [n, R - 1]: a token that only the last recursion helps must not stop before it, so a gain is the
    loss at this exit less that at full depth. Summed over routers.
    """
    ranks = gains.argsort(0).argsort(0).float() / max(gains.size(0) - 1, 1)
    return F.binary_cross_entropy_with_logits(scores, ranks, reduction="none").mean(0).sum()
