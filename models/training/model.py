"""An elastic Mixture-of-Recursions (arXiv 2507.10524) made of a dense Llama, in both forms (shape.py).

embedding -> first layers -> recursion 1..R -> last layers -> norm -> head (the embedding)

After recursion r a router says of each token whether it goes on; one that stops keeps its state, and the last layers
run for all tokens from the state that each ended with. B rows, T tokens, d hidden size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dense import Dense
from depth import Choose, by_rank
from layers import KeysValues, Layer, Matrix, Norm, Router, rope_tables
from shape import Shape

Written = list[KeysValues]  # keys and values of the block's layers in recursion 1


class Elastic(nn.Module):
    """Parameters are named as in the model folder, without "model."."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        sizes = shape.hidden, shape.inner, shape.heads, shape.kv_heads, shape.head_dim, shape.eps

        def layers(count: int, norms: int = 0) -> nn.ModuleList:
            return nn.ModuleList(Layer(*sizes, norms) for _ in range(count))

        self.embed_tokens = Matrix(shape.vocab, shape.hidden)
        self.first_layers = layers(shape.first)
        if shape.tied:
            self.block = layers(shape.block, shape.recursions)
        else:
            self.stages = nn.ModuleList(layers(shape.block) for _ in range(shape.recursions))
        self.last_layers = layers(shape.last)
        self.norm = Norm(shape.hidden)
        self.routers = nn.ModuleList(Router(shape) for _ in range(shape.recursions - 1))
        cos, sin = rope_tables(shape.context, shape.head_dim, shape.theta)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def head(self) -> Tensor:
        return self.embed_tokens.used()

    def angles(self, x: Tensor, positions: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """RoPE's tables for a state [B, T, d] whose tokens stand at `positions` [B, T], or at 0..T-1."""
        if positions is None:
            return self.cos[: x.size(1)].to(x.dtype), self.sin[: x.size(1)].to(x.dtype)
        return self.cos[positions][:, None].to(x.dtype), self.sin[positions][:, None].to(x.dtype)

    def recursion(self, r: int, x: Tensor, written: Written, positions=None, mask=None) -> Tensor:
        """Recursion r, counted from 0, for all tokens of x. Recursion 0 fills `written`."""
        cos, sin = self.angles(x, positions)
        for i, layer in enumerate(self.block if self.shape.tied else self.stages[r]):
            read = written[i] if self.shape.tied and r else None
            x, kv = layer(x, cos, sin, r, read, mask)
            if self.shape.tied and r == 0:
                written.append(kv)
        return x

    def begin(self, ids: Tensor, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Written]:
        """ids [B, T] -> state after recursion 1 [B, T, d], and what later recursions read."""
        x = F.embedding(ids, self.head()).to(dtype)
        cos, sin = self.angles(x)
        for layer in self.first_layers:
            x, _ = layer(x, cos, sin)
        written: Written = []
        return self.recursion(0, x, written), written

    def deep(self, x: Tensor, written: Written) -> list[Tensor]:
        """State after recursion 1 -> states after recursions 1..R, every token at full depth."""
        states = [x]
        for r in range(1, self.shape.recursions):
            states.append(self.recursion(r, states[-1], written))
        return states

    def admit(self, r: int, x: Tensor, written: Written, alive: Tensor) -> Tensor:
        """Recursion r (from 0) for the tokens `alive` [B, T]; the others keep their state."""
        mask = None
        if not self.shape.tied:
            tokens = x.size(1)
            causal = alive.new_ones(tokens, tokens).tril()
            itself = torch.eye(tokens, dtype=torch.bool, device=x.device)  # a softmax over no key is not a number
            mask = ((causal & alive[:, None, :]) | itself)[:, None]
        return torch.where(alive[..., None], self.recursion(r, x, written, mask=mask), x)

    def route(self, x: Tensor, written: Written, choose: Choose) -> tuple[Tensor, Tensor]:
        """State after recursion 1 -> state that each token ends with, and its depth 1..R [B, T]. By masking."""
        alive = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        depth = alive.long()
        for r in range(1, self.shape.recursions):
            alive = alive & choose(r - 1, self.routers[r - 1](x), alive)
            depth = depth + alive
            x = self.admit(r, x, written, alive)
        return x, depth

    def chosen(self, x: Tensor, written: Written, counts: list[int]) -> Tensor:
        """State after recursion 1 -> state that each token ends with, by expert choice: of every row `counts[r]` tokens
        go on to recursion r + 2. Exits: only these tokens are computed."""
        if self.shape.tied:
            return self.route(x, written, by_rank(counts))[0]
        width, positions, state = x.size(-1), None, x
        for r, count in enumerate(counts, 1):
            with torch.no_grad():
                best = self.routers[r - 1](state).topk(count, 1).indices.sort(1).values
            positions = best if positions is None else positions.gather(1, best)
            state = state.gather(1, best[..., None].expand(-1, -1, width))
            state = self.recursion(r, state, written, positions)
            x = x.scatter(1, positions[..., None].expand(-1, -1, width), state)
        return x

    def tail(self, x: Tensor) -> Tensor:
        """The state that each token ended with -> normed state [B, T, d], to be multiplied with the head."""
        cos, sin = self.angles(x)
        for layer in self.last_layers:
            x, _ = layer(x, cos, sin)
        return F.rms_norm(x, (x.size(-1),), self.norm.weight.to(x.dtype), self.shape.eps)


def retrofit(dense: Dense, shape: Shape) -> Elastic:
    """An elastic model whose layers are the dense model's (`Shape.sources`); routers are drawn by torch's generator."""
    first, recursions, last = shape.sources(len(dense.layers))
    model = Elastic(shape)
    model.embed_tokens.load_state_dict(dense.embed_tokens.state_dict())
    model.norm.load_state_dict(dense.norm.state_dict())
    blocks = [model.block] if shape.tied else model.stages
    for layers, indices in zip((model.first_layers, *blocks, model.last_layers), (first, *recursions, last)):
        for layer, index in zip(layers, indices):
            source, own = dense.layers[index].state_dict(), layer.state_dict()
            layer.load_state_dict({name: source[name].expand_as(own[name]) for name in own})
    return model
