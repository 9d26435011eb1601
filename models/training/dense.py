"""A dense Llama from a Hugging Face folder: where a model begins, and its teacher.

The folder: config.json and *.safetensors in bfloat16, float16 or float32, one file or several with an index.
What neither elastic form can hold is refused by the name of its field.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor, nn

from layers import KeysValues, Layer, Matrix, Norm, rope_tables
from shape import Refused

# Fields that the elastic forms know one value of (None stands for a field that is absent)
ONLY = {
    "hidden_act": ("silu", None),
    "attention_bias": (False, None),
    "mlp_bias": (False, None),
    "use_sliding_window": (False, None),
    "sliding_window": (None,),
    "partial_rotary_factor": (1, None),
    "quantization_config": (None,),
}
TRAITS = {"qwen2": "biases on q, k and v", "qwen3": "norms over the heads of q and k"}


@dataclass(frozen=True)
class DenseShape:
    """Sizes of a dense Llama. Names as in `Shape`."""

    vocab: int
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    theta: float
    eps: float
    context: int
    layers: int


def rope_theta(config: dict) -> float:
    """RoPE's base, in the spelling of any version of transformers. Scaled RoPE is refused."""
    for field in ("rope_scaling", "rope_parameters"):
        given = config.get(field) or {}
        kind = given.get("rope_type", given.get("type", "default"))
        if kind != "default" or given.get("partial_rotary_factor", 1) != 1:
            raise Refused(f"{field}: the elastic forms have plain RoPE, not {json.dumps(given)}")
    return float((config.get("rope_parameters") or {}).get("rope_theta", config.get("rope_theta", 10_000)))


def read_shape(config: dict) -> DenseShape:
    """config.json -> sizes. Raises Refused, naming the field, for what the elastic forms cannot hold."""
    kind = config.get("model_type")
    if kind != "llama":
        raise Refused(f"model_type {kind!r}: the elastic forms hold a Llama, without {TRAITS.get(kind, 'its parts')}")
    for field, values in ONLY.items():
        if config.get(field) not in values:
            raise Refused(f"{field} {config[field]!r}: the elastic forms know {values[0]!r} only")
    if not config.get("tie_word_embeddings", False):
        raise Refused("tie_word_embeddings false: the elastic forms read their head from the embedding")
    heads = config["num_attention_heads"]
    return DenseShape(
        vocab=config["vocab_size"],
        hidden=config["hidden_size"],
        inner=config["intermediate_size"],
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        head_dim=config.get("head_dim") or config["hidden_size"] // heads,
        theta=rope_theta(config),
        eps=config.get("rms_norm_eps", 1e-6),
        context=config["max_position_embeddings"],
        layers=config["num_hidden_layers"],
    )


class Dense(nn.Module):
    """The dense model. Parameters are named as in its folder, without "model."."""

    def __init__(self, shape: DenseShape):
        super().__init__()
        self.shape = shape
        sizes = shape.hidden, shape.inner, shape.heads, shape.kv_heads, shape.head_dim, shape.eps
        self.embed_tokens = Matrix(shape.vocab, shape.hidden)
        self.layers = nn.ModuleList(Layer(*sizes) for _ in range(shape.layers))
        self.norm = Norm(shape.hidden)
        cos, sin = rope_tables(shape.context, shape.head_dim, shape.theta)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    @torch.no_grad()
    def hidden(self, ids: Tensor, order: list[tuple[int, str | None]] | None = None) -> Tensor:
        """ids [B, T] -> normed state [B, T, d].

        order: layers to run instead of all of them, each with a key or None; a layer reads the keys and values that
        the first of its key wrote (places.py).
        """
        x = F.embedding(ids, self.embed_tokens.weight)
        cos, sin = (table[: ids.size(1)].to(x.dtype) for table in (self.cos, self.sin))
        written: dict[str, KeysValues] = {}
        for index, key in order or [(i, None) for i in range(len(self.layers))]:
            x, kv = self.layers[index](x, cos, sin, kv=written.get(key))
            if key is not None:
                written.setdefault(key, kv)
        return F.rms_norm(x, (x.size(-1),), self.norm.weight, self.shape.eps)

    def head(self) -> Tensor:
        return self.embed_tokens.weight


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Every tensor of a folder's safetensors files, as stored."""
    tensors = {}
    for file in sorted(folder.glob("*.safetensors")):
        if file.name == "reference.safetensors":
            continue
        with safe_open(file, framework="pt") as opened:
            tensors |= {name: opened.get_tensor(name) for name in opened.keys()}
    return tensors


def random_dense(folder: Path, seed: int = 1) -> Dense:
    """The folder's sizes with random weights: to try shapes without the file."""
    model = Dense(read_shape(json.loads((folder / "config.json").read_text())))
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "norm" not in name:
            parameter.data.normal_(0, 0.02, generator=generator)
    return model.requires_grad_(False)


def read_dense(folder: Path) -> Dense:
    """The folder's model in float32."""
    model = Dense(read_shape(json.loads((folder / "config.json").read_text())))
    tensors = {name.removeprefix("model."): tensor.float() for name, tensor in read_tensors(folder).items()}
    tensors.pop("lm_head.weight", None)  # some files keep the tied head twice
    expected = set(model.state_dict())
    for wrong, which in ((set(tensors) - expected, "has no place for"), (expected - set(tensors), "misses")):
        if wrong:
            raise Refused(f"{folder}: a Llama of these sizes {which} {', '.join(sorted(wrong)[:4])}")
    model.load_state_dict(tensors)
    return model.requires_grad_(False)
