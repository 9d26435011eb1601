"""Elastic Mixture-of-Recursions: one shared block of layers, applied up to R times to each token.

first layer -> block, recursion 1..R -> last layer -> norm -> head (tied to the embedding).

Recursive K/V sharing (Mixture-of-Recursions, arXiv 2507.10524, section 2.2.2): recursions after the first read
the keys and values that recursion 1 wrote for all tokens. So a token's state after r recursions does not depend
on how deep the other tokens went; one pass yields the states of all depths, and any assignment of depths to
tokens can be drawn afterwards at the price of one last layer and one head.

Shapes: B rows, T positions, d hidden size, H query heads, D head size, V vocabulary, R recursions.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

INITIAL_STD = 0.02


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a model, and what compare.py tries; the app runs only models whose trials are all off."""

    vocab_size: int = 4096
    hidden_size: int = 256
    num_heads: int = 4
    num_kv_heads: int = 2
    head_dim: int = 64
    intermediate_size: int = 768
    block_layers: int = 2
    num_recursions: int = 3
    max_position: int = 1024
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5
    router_hidden: int = 64
    depth_gate: bool = False  # trial: a recursion's update times a vector of its own
    depth_lora: int = 0  # trial: rank of what a recursion adds to each of the block's matrices
    reinject: bool = False  # trial: the first layer's output, times a vector of its own, added before each recursion

    @property
    def on_trial(self) -> bool:
        return bool(self.depth_gate or self.depth_lora or self.reinject)

    @classmethod
    def load(cls, path: Path) -> "ModelConfig":
        return cls(**json.loads(Path(path).read_text()))

    def as_dict(self) -> dict:
        return asdict(self)


class RMSNorm(nn.Module):
    """Root mean square norm with one weight row per recursion: matrices are shared, norms are not."""

    def __init__(self, size: int, eps: float, rows: int = 1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(rows, size))
        self.eps = eps

    def forward(self, x: Tensor, recursion: int = 0) -> Tensor:
        return F.rms_norm(x, (x.size(-1),), self.weight[recursion].to(x.dtype), self.eps)


class Linear(nn.Linear):
    """A matrix without bias; with a rank, each recursion adds a low-rank one of its own (arXiv 2410.20672)."""

    def __init__(self, inputs: int, outputs: int, rank: int = 0, recursions: int = 1):
        super().__init__(inputs, outputs, bias=False)
        self.rank = rank
        if rank:
            self.lora_in = nn.Parameter(torch.randn(recursions, rank, inputs) * INITIAL_STD)
            self.lora_out = nn.Parameter(torch.zeros(recursions, outputs, rank))

    def forward(self, x: Tensor, recursion: int = 0) -> Tensor:
        y = F.linear(x, self.weight)
        return y + F.linear(F.linear(x, self.lora_in[recursion]), self.lora_out[recursion]) if self.rank else y


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding, halves layout (as in Llama). x [B, H, T, D]; cos, sin [T, D/2]."""
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


KeyValue = tuple[Tensor, Tensor]  # each [B, H, T, D], key/value heads already repeated for the query heads


class Layer(nn.Module):
    """Llama layer: pre-norm grouped-query attention, then a SwiGLU feed-forward; no biases."""

    def __init__(self, config: ModelConfig, recursions: int = 1):
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = config.num_heads, config.num_kv_heads, config.head_dim
        size, inner = config.hidden_size, config.intermediate_size
        self.input_layernorm = RMSNorm(size, config.norm_eps, recursions)
        self.post_attention_layernorm = RMSNorm(size, config.norm_eps, recursions)
        more = (config.depth_lora, recursions) if recursions > 1 else ()
        self.q_proj = Linear(size, self.heads * self.head_dim, *more)
        self.k_proj = Linear(size, self.kv_heads * self.head_dim)
        self.v_proj = Linear(size, self.kv_heads * self.head_dim)
        self.o_proj = Linear(self.heads * self.head_dim, size, *more)
        self.gate_proj = Linear(size, inner, *more)
        self.up_proj = Linear(size, inner, *more)
        self.down_proj = Linear(inner, size, *more)

    def split(self, x: Tensor, heads: int) -> Tensor:
        """[B, T, heads * D] -> [B, heads, T, D]."""
        return x.unflatten(-1, (heads, self.head_dim)).transpose(1, 2)

    def key_value(self, h: Tensor, cos: Tensor, sin: Tensor) -> KeyValue:
        """Keys (rotated) and values of the normalised input h [B, T, d]."""
        repeat = self.heads // self.kv_heads
        k = rotate(self.split(self.k_proj(h), self.kv_heads), cos, sin)
        v = self.split(self.v_proj(h), self.kv_heads)
        return k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, kv: KeyValue | None = None, recursion: int = 0
    ) -> tuple[Tensor, KeyValue]:
        """x [B, T, d] -> the layer's output and the K/V it used: the given ones, or its own where kv is None."""
        h = self.input_layernorm(x, recursion)
        q = rotate(self.split(self.q_proj(h, recursion), self.heads), cos, sin)
        kv = self.key_value(h, cos, sin) if kv is None else kv
        attended = F.scaled_dot_product_attention(q, *kv, is_causal=True)
        x = x + self.o_proj(attended.transpose(1, 2).flatten(2), recursion)
        h = self.post_attention_layernorm(x, recursion)
        inner = F.silu(self.gate_proj(h, recursion)) * self.up_proj(h, recursion)
        return x + self.down_proj(inner, recursion), kv


class Router(nn.Module):
    """Scores a token's need of one more recursion, from its detached and normalised state, in float32."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.fc1 = nn.Linear(config.hidden_size, config.router_hidden)
        self.fc2 = nn.Linear(config.router_hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        """x [B, T, d] -> logits [B, T]. The norm's epsilon is float32's machine epsilon."""
        with torch.autocast(x.device.type, enabled=False):
            x = F.rms_norm(x.detach().float(), (x.size(-1),))
            return self.fc2(F.gelu(self.fc1(x))).squeeze(-1)


class ElasticMoR(nn.Module):
    """The whole model. `states` and `finish` are its two halves; `mix` in between picks each token's depth."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.first_layer = Layer(config)
        self.block = nn.ModuleList(Layer(config, config.num_recursions) for _ in range(config.block_layers))
        self.last_layer = Layer(config)
        self.norm = RMSNorm(config.hidden_size, config.norm_eps)
        self.routers = nn.ModuleList(Router(config) for _ in range(config.num_recursions - 1))
        self.initialise()
        rows = config.num_recursions, config.hidden_size
        self.depth_gates = nn.Parameter(torch.ones(rows)) if config.depth_gate else None
        self.reinjection = nn.Parameter(torch.zeros(rows)) if config.reinject else None
        frequency = config.rope_theta ** -(torch.arange(0, config.head_dim, 2).float() / config.head_dim)
        angle = torch.outer(torch.arange(config.max_position).float(), frequency)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def initialise(self) -> None:
        """Normal weights; what writes to the residual stream is scaled down by its number of writers."""
        writers = 2 * (2 + self.config.block_layers * self.config.num_recursions)
        for name, weight in self.named_parameters():
            if weight.dim() == 2 and "norm" not in name:
                residual = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(weight, std=INITIAL_STD / writers**0.5 if residual else INITIAL_STD)

    def angles(self, length: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        return self.cos[:length].to(dtype), self.sin[:length].to(dtype)

    def states(self, tokens: Tensor) -> list[Tensor]:
        """tokens [B, T] -> R tensors [B, T, d]: every token's state after 1..R recursions."""
        x = self.embed_tokens(tokens)
        cos, sin = self.angles(tokens.size(1), x.dtype)
        x, _ = self.first_layer(x, cos, sin)
        first, states, shared = x, [], []
        for recursion in range(self.config.num_recursions):
            if self.reinjection is not None:
                x = x + self.reinjection[recursion] * first
            before = x
            for index, layer in enumerate(self.block):
                x, kv = layer(x, cos, sin, shared[index] if recursion else None, recursion)
                if recursion == 0:
                    shared.append(kv)
            if self.depth_gates is not None:
                x = before + self.depth_gates[recursion] * (x - before)
            states.append(x)
        return states

    def scores(self, states: list[Tensor]) -> Tensor:
        """States after 1..R recursions -> router scores [B, T, R-1]; entry r-2 decides on recursion r."""
        if not self.routers:
            return states[0].new_zeros(*states[0].shape[:2], 0)
        return torch.stack([router(state) for router, state in zip(self.routers, states)], dim=-1)

    @staticmethod
    def mix(states: list[Tensor], depth: Tensor) -> Tensor:
        """depth [B, T] in 1..R -> each token's state [B, T, d] at its own depth."""
        mixed = states[0]
        for recursions, state in enumerate(states[1:], start=2):
            mixed = torch.where((depth >= recursions)[..., None], state, mixed)
        return mixed

    def last_state(self, x: Tensor) -> Tensor:
        """x [B, T, d] through the last layer (its own K/V, all tokens) -> [B, T, d]."""
        return self.last_layer(x, *self.angles(x.size(1), x.dtype))[0]

    def head(self, x: Tensor) -> Tensor:
        """x [..., d] -> logits [..., V]: norm and the head, which is the embedding."""
        return F.linear(self.norm(x), self.embed_tokens.weight)

    def finish(self, x: Tensor) -> Tensor:
        """x [B, T, d] -> logits [B, T, V]."""
        return self.head(self.last_state(x))
