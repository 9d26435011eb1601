"""Model folders, as the app reads them: names of tensors, config.json, loading and saving.

Matrices are stored as bfloat16; norms and routers as float32. A norm used once is stored as a vector, a norm of
the shared block as a matrix with one row per recursion.
"""

import json
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model import ElasticMoR, ModelConfig

MODEL_NAME = "Depthwise Starter"  # what the app calls the built-in model
ROUTER_EPSILON = 1.1920928955078125e-07  # float32's machine epsilon, what torch's rms_norm uses by default


def stored_name(name: str) -> str:
    """Parameter name in ElasticMoR -> tensor name in model.safetensors."""
    for letter in "qkvo":
        name = name.replace(f".{letter}_proj", f".self_attn.{letter}_proj")
    for part in ("gate", "up", "down"):
        name = name.replace(f".{part}_proj", f".mlp.{part}_proj")
    return f"model.{name}"


def keeps_float32(name: str) -> bool:
    return "norm" in name or "router" in name


def stored_tensors(model: ElasticMoR) -> dict[str, Tensor]:
    """All tensors as they are stored."""
    tensors = {}
    for name, value in model.state_dict().items():
        if "norm" in name and value.size(0) == 1:
            value = value[0]
        value = value.float() if keeps_float32(name) else value.to(torch.bfloat16)
        tensors[stored_name(name)] = value.contiguous().clone()
    return tensors


def config_from_json(stored: dict) -> ModelConfig:
    """config.json of a folder -> ModelConfig."""
    return ModelConfig(
        vocab_size=stored["vocab_size"],
        hidden_size=stored["hidden_size"],
        num_heads=stored["num_attention_heads"],
        num_kv_heads=stored["num_key_value_heads"],
        head_dim=stored["head_dim"],
        intermediate_size=stored["intermediate_size"],
        block_layers=stored["num_block_layers"],
        num_recursions=stored["num_recursions"],
        max_position=stored["max_position_embeddings"],
        rope_theta=stored["rope_theta"],
        norm_eps=stored["rms_norm_eps"],
        router_hidden=stored["router"]["hidden_size"],
    )


def config_to_json(config: ModelConfig, begin: int, end: int, pad: int) -> dict:
    """ModelConfig -> the config.json that the runtime reads; the last three are token ids."""
    if config.on_trial:
        raise ValueError("the app's forward pass has no depth gates, no LoRA per depth and no re-injection")
    return {
        "name": MODEL_NAME,
        "architectures": ["ElasticMoRForCausalLM"],
        "model_type": "elastic_mor",
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_kv_heads,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rope_theta,
        "max_position_embeddings": config.max_position,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "sharing": "middle_cycle",
        "num_block_layers": config.block_layers,
        "num_recursions": config.num_recursions,
        "kv_sharing": "recursive",
        "block_norms": "per_recursion",
        "router": {
            "type": "mlp",
            "hidden_size": config.router_hidden,
            "activation": "gelu",
            "input_norm": "rms",
            "input_norm_eps": ROUTER_EPSILON,
            "gating": "unweighted",
        },
        "bos_token_id": begin,
        "eos_token_id": [end, begin],
        "pad_token_id": pad,
    }


def load_model(folder: Path, recursions: int | None = None) -> ElasticMoR:
    """A model folder -> ElasticMoR in float32.

    `recursions` may ask for more than the folder has: further ones start with the last one's norms and router.
    """
    config = config_from_json(json.loads((folder / "config.json").read_text()))
    stored = load_file(folder / "model.safetensors")
    had = config.num_recursions
    config = replace(config, num_recursions=recursions or had)
    model = ElasticMoR(config)
    state = {}
    for name, parameter in model.state_dict().items():
        source = name
        if name.startswith("routers."):
            index, rest = name.removeprefix("routers.").split(".", 1)
            source = f"routers.{min(int(index), had - 2)}.{rest}"
        value = stored[stored_name(source)].float()
        if "norm" in name:
            value = value.view(-1, value.size(-1))
            value = torch.cat([value, value[-1:].expand(max(0, parameter.size(0) - value.size(0)), -1)])
        state[name] = value
    model.load_state_dict(state)
    return model.eval()


def save_weights(model: ElasticMoR, folder: Path) -> None:
    save_file(stored_tensors(model), folder / "model.safetensors", metadata={"format": "pt"})
