"""A Llama's layer, a router, and the matrices they hold. B rows, T tokens, d hidden size, H heads, D head_dim.

Llama: RMSNorm, attention with grouped queries and RoPE in halves, RMSNorm, SwiGLU; no biases.
Weights are float32; arithmetic is in the dtype of the state that comes in.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from grid import Grid, grid_for
from shape import ROUTER_EPS, Shape

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
KeysValues = tuple[Tensor, Tensor]  # [B, kv heads, T, D] each; keys are rotated


def rope_tables(positions: int, head_dim: int, theta: float) -> tuple[Tensor, Tensor]:
    """Cosines and sines [positions, D / 2], float32 of angles in float64."""
    frequencies = theta ** -(torch.arange(0, head_dim, 2).double() / head_dim)
    angles = torch.outer(torch.arange(positions).double(), frequencies)
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x [B, H, T, D]; cos, sin [T, D / 2] or [B, 1, T, D / 2]."""
    left, right = x.chunk(2, -1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], -1)


def layer_forward(
    x: Tensor,
    cos: Tensor,
    sin: Tensor,
    weights: tuple[Tensor, ...],
    eps: float,
    head_dim: int,
    kv: KeysValues | None,
    mask: Tensor | None,
) -> tuple[Tensor, KeysValues]:
    """x [B, T, d] -> x after the layer, and its keys and values.

    weights: input norm, q, k, v, o, post-attention norm, gate, up, down. kv: keys and values of another pass to read
    instead of writing. mask [B, 1, T, T]: which keys a query sees; None: those at or before it.
    """
    norm1, q, k, v, o, norm2, gate, up, down = (w.to(x.dtype) for w in weights)
    rows, tokens, hidden = x.shape

    def heads(h: Tensor, matrix: Tensor) -> Tensor:
        return F.linear(h, matrix).view(rows, tokens, -1, head_dim).transpose(1, 2)

    h = F.rms_norm(x, (hidden,), norm1, eps)
    query = rotate(heads(h, q), cos, sin)
    keys, values = kv or (rotate(heads(h, k), cos, sin), heads(h, v))
    seen = F.scaled_dot_product_attention(query, keys, values, mask, is_causal=mask is None, enable_gqa=True)
    x = x + F.linear(seen.transpose(1, 2).reshape(rows, tokens, -1), o)
    h = F.rms_norm(x, (hidden,), norm2, eps)
    return x + F.linear(F.silu(F.linear(h, gate)) * F.linear(h, up), down), (keys, values)


class Kernel:
    """The function that layers call: `layer_forward`, or that compiled, once per shape for all layers."""

    layer = staticmethod(layer_forward)


class Matrix(nn.Module):
    """A weight [rows, columns] that may stand on a grid, or be on its way there."""

    def __init__(self, rows: int, columns: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, columns))
        self.moved = None

    def used(self) -> Tensor:
        return self.weight if self.moved is None else self.moved

    def move(self, grid: Grid, share: Tensor) -> None:
        """Until the next call the weight is used `share` of the way to the grid."""
        self.moved = grid.straight_through(self.weight, share)

    def settle(self, grid: Grid) -> None:
        """Onto the grid for good."""
        self.moved = None
        self.weight.data = grid.nearest(self.weight.data)


class Norm(nn.Module):
    """Weights of an RMSNorm: [d], or [R, d] with one row for each recursion."""

    def __init__(self, *shape: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(*shape))

    def of(self, recursion: int) -> Tensor:
        return self.weight if self.weight.dim() == 1 else self.weight[recursion]


class Layer(nn.Module):
    """One layer. Parameters are named as in a Hugging Face Llama. `norms`: rows of its norms, 0 for plain vectors."""

    def __init__(self, hidden: int, inner: int, heads: int, kv_heads: int, head_dim: int, eps: float, norms: int = 0):
        super().__init__()
        self.eps, self.head_dim = eps, head_dim
        queries, keys = heads * head_dim, kv_heads * head_dim
        sizes = {"q_proj": (queries, hidden), "k_proj": (keys, hidden), "v_proj": (keys, hidden)}
        sizes |= {"o_proj": (hidden, queries), "gate_proj": (inner, hidden), "up_proj": (inner, hidden)}
        sizes |= {"down_proj": (hidden, inner)}
        self.self_attn = nn.ModuleDict({name: Matrix(*sizes[name]) for name in ATTENTION})
        self.mlp = nn.ModuleDict({name: Matrix(*sizes[name]) for name in MLP})
        shape = (norms, hidden) if norms else (hidden,)
        self.input_layernorm, self.post_attention_layernorm = Norm(*shape), Norm(*shape)

    def forward(self, x, cos, sin, recursion=0, kv=None, mask=None) -> tuple[Tensor, KeysValues]:
        attention = [self.self_attn[name].used() for name in ATTENTION]
        mlp = [self.mlp[name].used() for name in MLP]
        norms = self.input_layernorm.of(recursion), self.post_attention_layernorm.of(recursion)
        weights = (norms[0], *attention, norms[1], *mlp)
        return Kernel.layer(x, cos, sin, weights, self.eps, self.head_dim, kv, mask)


class Router(nn.Module):
    """State [B, T, d] -> score [B, T], float32. It learns from detached states: the model does not bend to it."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(shape.hidden, shape.router), nn.Linear(shape.router, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.rms_norm(x.detach().float(), (x.size(-1),), eps=ROUTER_EPS)
        return self.fc2(F.gelu(self.fc1(x))).squeeze(-1)


def matrices(model: nn.Module) -> dict[str, Matrix]:
    """Name -> matrix, of everything that stands on a grid when it is stored."""
    return {name: module for name, module in model.named_modules() if isinstance(module, Matrix)}


def move(model: nn.Module, bits: int, share: Tensor) -> None:
    for name, matrix in matrices(model).items():
        matrix.move(grid_for(name, bits), share)


def settle(model: nn.Module, bits: int) -> None:
    for name, matrix in matrices(model).items():
        matrix.settle(grid_for(name, bits))
