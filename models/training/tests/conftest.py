"""Shared fixtures: a tiny model, a tiny tokenizer, and a tiny prepared folder."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from model import ElasticMoR, ModelConfig  # noqa: E402
from prepare import train_tokenizer  # noqa: E402

TINY = ModelConfig(
    vocab_size=400, hidden_size=32, num_heads=2, num_kv_heads=1, head_dim=16, intermediate_size=64,
    block_layers=2, num_recursions=3, max_position=256, router_hidden=8,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture
def model() -> ElasticMoR:
    """A tiny model whose norms differ between recursions, so that mixing them up shows."""
    tiny = ElasticMoR(TINY)
    for name, parameter in tiny.named_parameters():
        if "norm" in name:
            parameter.data += 0.3 * torch.randn_like(parameter)
    return tiny.eval()


@pytest.fixture(scope="session")
def tokens_folder(tmp_path_factory) -> Path:
    """A prepared folder with one page of text as training and held-out data."""
    folder = tmp_path_factory.mktemp("tokens")
    turns = ("What is a fox?", "A fox is a small wild animal with a red tail."), ("Who sings?", "The bird sings.")
    text = "".join(f"<|user|>{q}<|end|><|assistant|>{a}<|end|>" for q, a in turns)
    tokenizer = train_tokenizer({"all": [text, "It is Ben. Backwards: In order: Sort these numbers"]}, 400)
    tokenizer.save(str(folder / "tokenizer.json"))
    ids = [0, *tokenizer.encode(text).ids]
    data = np.array(ids * (9000 // len(ids)), dtype=np.uint16)
    for name in ("page", "held_out_short", "held_out_long", "held_out_text"):
        (folder / f"{name}.bin").write_bytes(data.tobytes())
    mix = {"main": {"page": 1.0}, "anneal": {"page": 1.0}}
    (folder / "mix.json").write_text(json.dumps(mix))
    return folder
