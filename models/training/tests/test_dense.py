"""Reading a dense Llama, and refusing what the elastic forms cannot hold by the name of its field."""

import pytest
import torch
from conftest import CONFIG, SHARED, TIED
from safetensors.torch import load_file

from dense import read_dense, read_shape
from shape import Refused, Shape


def test_reads_bfloat16(hf):
    model = read_dense(hf)
    stored = load_file(hf / "model.safetensors")
    assert stored["model.norm.weight"].dtype == torch.bfloat16
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, stored[f"model.{name}"].float())


@pytest.mark.parametrize("change, field", [
    ({"model_type": "qwen2"}, "model_type.*biases on q, k and v"),
    ({"model_type": "qwen3"}, "model_type.*norms over the heads"),
    ({"tie_word_embeddings": False}, "tie_word_embeddings"),
    ({"attention_bias": True}, "attention_bias"),
    ({"mlp_bias": True}, "mlp_bias"),
    ({"hidden_act": "gelu"}, "hidden_act"),
    ({"sliding_window": 4096}, "sliding_window"),
    ({"quantization_config": {"bits": 4}}, "quantization_config"),
    ({"rope_scaling": {"type": "linear", "factor": 2}}, "rope_scaling"),
    ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}}, "rope_parameters"),
])  # fmt: skip
def test_refuses_by_field(change, field):
    with pytest.raises(Refused, match=field):
        read_shape(CONFIG | change)


def test_reads_sizes_in_any_spelling():
    silent = {k: v for k, v in CONFIG.items() if k not in ("head_dim", "num_key_value_heads", "rope_theta")}
    shape = read_shape(silent | {"rope_parameters": {"rope_type": "default", "rope_theta": 5e5}})
    assert (shape.head_dim, shape.kv_heads, shape.theta) == (32, 2, 5e5)


@pytest.mark.parametrize("name, reason", [
    ("dense-qwen2", "biases"), ("dense-qwen3", "norms"), ("dense-llama-untied-llama3rope", "tie_word_embeddings"),
])  # fmt: skip
def test_refuses_the_recordings_of_others(name, reason):
    if not (SHARED / "fixtures" / name).exists():
        pytest.skip("the recordings are not here")
    with pytest.raises(Refused, match=reason):
        read_dense(SHARED / "fixtures" / name)


def test_equals_the_recording():
    folder = SHARED / "fixtures" / "dense-llama-tied"
    if not folder.exists():
        pytest.skip("the recordings are not here")
    model, recorded = read_dense(folder), load_file(folder / "reference.safetensors")
    logits = model.hidden(recorded["input_ids"]) @ model.head().T
    torch.testing.assert_close(logits, recorded["logits"], rtol=1e-5, atol=1e-5)


def test_layers_have_to_fit():
    assert TIED.sources(6) == ([0], [[1, 2]], [4, 5])
    with pytest.raises(Refused, match="num_hidden_layers is 4"):
        TIED.sources(4)
    with pytest.raises(Refused, match="1 [+] 2 x 2 [+] 2 is 7 layers; num_hidden_layers is 6"):
        Shape(**(vars(TIED) | {"form": "exits", "recursions": 2})).sources(6)
