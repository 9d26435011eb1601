"""The forward pass: shapes, causality, and what recursive K/V sharing promises."""

from dataclasses import replace

import pytest
import torch
from conftest import TINY

from folder import config_to_json
from model import ElasticMoR, rotate


def random_ids(rows: int = 2, length: int = 12) -> torch.Tensor:
    return torch.randint(0, TINY.vocab_size, (rows, length))


def test_shapes(model):
    ids = random_ids()
    states = model.states(ids)
    assert [tuple(state.shape) for state in states] == [(2, 12, TINY.hidden_size)] * 3
    assert model.scores(states).shape == (2, 12, 2)
    assert model.finish(states[0]).shape == (2, 12, TINY.vocab_size)


def test_later_tokens_change_nothing_before_them(model):
    ids = random_ids()
    changed = ids.clone()
    changed[:, 7] = (changed[:, 7] + 1) % TINY.vocab_size
    for one, other in zip(model.states(ids), model.states(changed)):
        assert torch.equal(one[:, :7], other[:, :7])
        assert not torch.allclose(one[:, 7:], other[:, 7:])
        assert torch.equal(model.finish(one)[:, :7], model.finish(other)[:, :7])


def test_mix_takes_each_token_from_its_depth(model):
    states = model.states(random_ids())
    depth = torch.randint(1, 4, (2, 12))
    mixed = model.mix(states, depth)
    for row in range(2):
        for position in range(12):
            assert torch.equal(mixed[row, position], states[depth[row, position] - 1][row, position])


def run_only(model, ids: torch.Tensor, deep: torch.Tensor) -> torch.Tensor:
    """Recursion 2 computed for the positions in `deep` alone, one at a time, as a runtime does it."""
    cos, sin = model.angles(ids.size(1), torch.float32)
    x, _ = model.first_layer(model.embed_tokens(ids), cos, sin)
    shared = []
    for layer in model.block:
        x, kv = layer(x, cos, sin, None, 0)
        shared.append(kv)
    result = x.clone()
    for position in deep.tolist():
        one = x[:, position : position + 1]
        here = slice(position, position + 1)
        for layer, (k, v) in zip(model.block, shared):
            seen = k[:, :, : position + 1], v[:, :, : position + 1]
            one = single_query(layer, one, cos[here], sin[here], *seen, recursion=1)
        result[:, here] = one
    return result


def single_query(layer, x, cos, sin, k, v, recursion):
    """A layer for one position that attends to all the given keys."""
    h = layer.input_layernorm(x, recursion)
    q = rotate(layer.split(layer.q_proj(h), layer.heads), cos, sin)
    weights = (q @ k.transpose(-1, -2) / layer.head_dim**0.5).softmax(-1)
    x = x + layer.o_proj((weights @ v).transpose(1, 2).flatten(2))
    h = layer.post_attention_layernorm(x, recursion)
    return x + layer.down_proj(torch.nn.functional.silu(layer.gate_proj(h)) * layer.up_proj(h))


def test_states_do_not_depend_on_the_depth_of_others(model):
    ids = random_ids()
    states = model.states(ids)
    deep = torch.tensor([1, 5, 11])
    alone = run_only(model, ids, deep)
    assert torch.allclose(alone[:, deep], states[1][:, deep], atol=1e-5)
    others = [p for p in range(12) if p not in deep.tolist()]
    assert torch.equal(alone[:, others], states[0][:, others])


def test_router_does_not_train_the_body(model):
    model.train()
    model.scores(model.states(random_ids())).sum().backward()
    touched = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}
    assert touched and all(name.startswith("routers") for name in touched)


@pytest.mark.parametrize("trial", [{"depth_gate": True}, {"depth_lora": 2}, {"reinject": True}])
def test_a_trial_begins_as_the_shipped_model_and_learns(model, trial):
    """Gates of one, low-rank matrices and re-injections of nought change nothing until they are trained."""
    tried = ElasticMoR(replace(TINY, **trial)).eval()
    missing, unexpected = tried.load_state_dict(model.state_dict(), strict=False)
    assert missing and not unexpected
    ids = random_ids()
    states = tried.states(ids)
    for one, other in zip(model.states(ids), states):
        assert torch.allclose(one, other, atol=1e-6)
    states[2].square().sum().backward()
    new = {name: p.grad for name, p in tried.named_parameters() if name in missing and "lora_in" not in name}
    assert all(grad.abs().amax(dim=tuple(range(1, grad.dim()))).min() > 0 for grad in new.values())
    with pytest.raises(ValueError, match="forward pass"):
        config_to_json(tried.config, 0, 1, 2)


def test_one_recursion_is_a_dense_model():
    dense = ElasticMoR(replace(TINY, num_recursions=1))
    states = dense.states(random_ids())
    assert len(states) == 1 and dense.scores(states).shape == (2, 12, 0)
