"""The forward pass of both forms against one written straight from the formulas, and against the recordings at hand."""

import json
import math

import pytest
import torch
import torch.nn.functional as F
from conftest import EXITS, SHARED, TIED, random_weights

from depth import by_rank, by_thresholds
from folder import read_model
from model import Elastic, retrofit

IDS = torch.randint(384, (2, 24), generator=torch.Generator().manual_seed(5))
CLOSE = {"rtol": 1e-5, "atol": 2e-5}


def reference_layer(x, weights, prefix, shape, recursion=None, kv=None, seen=None):
    """One token row [T, d] at a time, attention by explicit sums. -> x, (keys, values)"""
    tokens, dim = x.size(0), shape.head_dim
    angles = torch.outer(torch.arange(tokens).double(), shape.theta ** -(torch.arange(0, dim, 2).double() / dim))

    def norm(name):
        weight = weights[f"{prefix}.{name}.weight"]
        weight = weight[recursion] if weight.dim() == 2 else weight
        return x / (x.pow(2).mean(-1, keepdim=True) + shape.eps).sqrt() * weight

    def heads(name, turned=True):
        y = (h @ weights[f"{prefix}.self_attn.{name}.weight"].T).view(tokens, -1, dim)
        if not turned:
            return y
        turn = torch.polar(torch.ones_like(angles), angles)[:, None]
        pairs = torch.complex(y[..., : dim // 2].double(), y[..., dim // 2 :].double()) * turn
        return torch.cat([pairs.real, pairs.imag], -1).float()

    h = norm("input_layernorm")
    query = heads("q_proj")
    keys, values = kv or (heads("k_proj"), heads("v_proj", turned=False))
    share = shape.heads // shape.kv_heads
    out = torch.zeros_like(query)
    for t in range(tokens):
        at = [s for s in range(t + 1) if seen is None or seen[s] or s == t]
        for head in range(shape.heads):
            scores = torch.stack([query[t, head] @ keys[s, head // share] for s in at]) / math.sqrt(dim)
            out[t, head] = sum(p * values[s, head // share] for p, s in zip(scores.softmax(0), at))
    x = x + out.flatten(1) @ weights[f"{prefix}.self_attn.o_proj.weight"].T
    h = norm("post_attention_layernorm")
    gate, up, down = (weights[f"{prefix}.mlp.{name}_proj.weight"].T for name in ("gate", "up", "down"))
    return x + (F.silu(h @ gate) * (h @ up)) @ down, (keys, values)


def reference_scores(x, weights, j):
    h = x / (x.pow(2).mean(-1, keepdim=True) + torch.finfo(torch.float32).eps).sqrt()
    one, two = (f"routers.{j}.{name}" for name in ("fc1", "fc2"))
    h = F.gelu(h @ weights[f"{one}.weight"].T + weights[f"{one}.bias"])
    return (h @ weights[f"{two}.weight"].T + weights[f"{two}.bias"])[:, 0]


def reference(ids, weights, shape, thresholds):
    """One row of ids [T] -> states after each recursion, depth of each token, logits."""
    x = weights["embed_tokens.weight"][ids]
    for i in range(shape.first):
        x, _ = reference_layer(x, weights, f"first_layers.{i}", shape)
    alive, depth, states, written = (
        torch.ones(len(ids), dtype=torch.bool),
        torch.ones(len(ids), dtype=torch.long),
        [],
        [],
    )
    for r in range(shape.recursions):
        if r:
            alive = alive & (reference_scores(x, weights, r - 1) >= thresholds[r - 1])
            depth += alive
        for i in range(shape.block):
            if shape.tied:
                y, kv = reference_layer(x, weights, f"block.{i}", shape, r, written[i] if r else None)
            else:
                y, kv = reference_layer(x, weights, f"stages.{r}.{i}", shape, seen=alive if r else None)
            written.append(kv)
            x = torch.where(alive[:, None], y, x)
        states.append(x)
    for i in range(shape.last):
        x, _ = reference_layer(x, weights, f"last_layers.{i}", shape)
    normed = x / (x.pow(2).mean(-1, keepdim=True) + shape.eps).sqrt() * weights["norm.weight"]
    return states, depth, normed @ weights["embed_tokens.weight"].T


@pytest.mark.parametrize("shape", [TIED, EXITS], ids=lambda shape: shape.form)
@torch.no_grad()
def test_equals_the_formulas(shape):
    model = random_weights(Elastic(shape)).eval()
    weights = model.state_dict()
    x, written = model.begin(IDS)
    first = model.routers[0](x).median().item() + 1e-4  # no score stands on it
    for thresholds in ([-math.inf, -math.inf], [first, first - 0.1], [math.inf, math.inf]):
        ended, depth = model.route(x, written, by_thresholds(thresholds))
        logits = model.tail(ended) @ model.head().T
        for row, ids in enumerate(IDS):
            states, depths, expected = reference(ids, weights, shape, thresholds)
            assert depth[row].tolist() == depths.tolist()
            torch.testing.assert_close(ended[row], states[-1], **CLOSE)
            torch.testing.assert_close(logits[row], expected, rtol=1e-5, atol=1e-4)
            if thresholds[0] == -math.inf:
                for state, wanted in zip(model.deep(x, written), states):
                    torch.testing.assert_close(state[row], wanted, **CLOSE)


@pytest.mark.parametrize("shape", [TIED, EXITS], ids=lambda shape: shape.form)
@pytest.mark.parametrize("counts", [[24, 24], [12, 6], [9, 9], [1, 1]])
@torch.no_grad()
def test_gathering_equals_masking(shape, counts):
    model = random_weights(Elastic(shape))
    x, written = model.begin(IDS)
    masked, depth = model.route(x, written, by_rank(counts))
    torch.testing.assert_close(model.chosen(x, written, counts), masked, **CLOSE)
    assert [(depth >= r).sum(1).tolist() for r in (2, 3)] == [[count] * 2 for count in counts]


@torch.no_grad()
def test_exits_at_full_depth_are_the_dense_model(dense):
    model = retrofit(dense, EXITS)
    state = model.deep(*model.begin(IDS))[-1]
    torch.testing.assert_close(model.tail(state), dense.hidden(IDS), **CLOSE)


@torch.no_grad()
def test_tied_at_depth_one_is_the_dense_model_without_its_dropped_layers(dense):
    model = retrofit(dense, TIED)
    order = [(i, None) for i in (0, 1, 2, 4, 5)]
    torch.testing.assert_close(model.tail(model.begin(IDS)[0]), dense.hidden(IDS, order), **CLOSE)
    block = [(1, "a"), (2, "b")]
    twice = model.tail(model.deep(*model.begin(IDS))[1])
    torch.testing.assert_close(twice, dense.hidden(IDS, [(0, None), *block, *block, (4, None), (5, None)]), **CLOSE)


@pytest.mark.parametrize("name", ["elastic-tied", "elastic-exits"])
@torch.no_grad()
def test_equals_the_recordings(name):
    folder = SHARED / "fixtures" / name
    if not folder.exists():
        pytest.skip("the recordings are not here")
    from safetensors.torch import load_file

    recorded = load_file(folder / "reference.safetensors")
    model = read_model(folder)
    ids = recorded["input_ids"]
    x, written = model.begin(ids)
    for r, state in enumerate(model.deep(x, written), 1):
        torch.testing.assert_close(state, recorded[f"hidden_state.{r}"], **CLOSE)
        torch.testing.assert_close(
            model.tail(state) @ model.head().T, recorded[f"logits.depth_{r}"], rtol=1e-5, atol=1e-4
        )
        if r < model.shape.recursions:
            torch.testing.assert_close(model.routers[r - 1](state), recorded[f"router_score.{r + 1}"], **CLOSE)
    rows = json.loads((folder / "calibration.json").read_text())["budgets"]
    row = next(row for row in rows if row["budget"] == 0.5)
    ended, depth = model.route(x, written, by_thresholds(row["thresholds"]))
    assert depth.tolist() == recorded["depth.budget_0.5"].tolist()
    torch.testing.assert_close(model.tail(ended) @ model.head().T, recorded["logits.budget_0.5"], rtol=1e-5, atol=1e-4)
