"""Sizes and form of an elastic model, and `config.json` of its folder.

tied    first layers | one block, run up to R times, norms of its own for each recursion | last layers
        later recursions read the keys and values that recursion 1 wrote (recursive KV sharing, arXiv 2507.10524)
exits   first layers | R stages of layers of their own | last layers
        a stage's keys and values exist for the tokens that reach it (recursion-wise caching, same paper)
"""

from dataclasses import dataclass

SHARING = {"tied": ("middle_cycle", "recursive"), "exits": ("none", "none")}
ROUTER_EPS = 1.1920928955078125e-07  # float32's epsilon: what PyTorch's rms_norm takes when it is given none


class Refused(SystemExit):
    """What a form cannot hold, said in words."""


@dataclass(frozen=True)
class Shape:
    """`inner`: width of the MLP; `context`: positions; `router`: width of a router's hidden layer."""

    form: str
    vocab: int
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    head_dim: int
    theta: float
    eps: float
    context: int
    first: int
    block: int
    last: int
    recursions: int
    router: int = 128

    def __post_init__(self):
        if self.form not in SHARING:
            raise Refused(f"form {self.form!r} is none of {', '.join(SHARING)}")
        if min(self.first, self.block, self.last) < 1 or self.recursions < 2:
            raise Refused("first, block and last take at least one layer each, and there are at least two recursions")

    @property
    def tied(self) -> bool:
        return self.form == "tied"

    def depth(self, recursions: float) -> float:
        """Layers that a token runs through when it ends after so many recursions."""
        return self.first + self.block * recursions + self.last

    def sources(self, layers: int) -> tuple[list[int], list[list[int]], list[int]]:
        """Which layers of a dense model of `layers` layers become the first ones, each recursion, and the last ones.

        Tied: the layers between the block and the last ones are dropped. Exits: every layer has its place.
        """
        stages = 1 if self.tied else self.recursions
        used = self.first + stages * self.block + self.last
        if used > layers or (not self.tied and used != layers):
            sizes = f"{self.first} + {stages} x {self.block} + {self.last}"
            raise Refused(f"{sizes} is {used} layers; num_hidden_layers is {layers}")
        starts = [self.first + r * self.block for r in range(stages)]
        recursions = [list(range(start, start + self.block)) for start in starts]
        return list(range(self.first)), recursions, list(range(layers - self.last, layers))

    def config(self) -> dict:
        """The fields of config.json that say how the model is run."""
        sharing, kv_sharing = SHARING[self.form]
        return {
            "architectures": ["ElasticMoRForCausalLM"],
            "model_type": "elastic_mor",
            "vocab_size": self.vocab,
            "hidden_size": self.hidden,
            "intermediate_size": self.inner,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "rms_norm_eps": self.eps,
            "rope_theta": self.theta,
            "max_position_embeddings": self.context,
            "tie_word_embeddings": True,
            "sharing": sharing,
            "num_first_layers": self.first,
            "num_block_layers": self.block,
            "num_last_layers": self.last,
            "num_recursions": self.recursions,
            "kv_sharing": kv_sharing,
            "block_norms": "per_recursion",
            "router": {
                "type": "mlp",
                "hidden_size": self.router,
                "activation": "gelu",
                "input_norm": "rms",
                "input_norm_eps": ROUTER_EPS,
                "gating": "unweighted",
            },
        }


def shape_of(config: dict) -> Shape:
    """The inverse of `Shape.config`."""
    forms = {sharing: form for form, sharing in SHARING.items()}
    return Shape(
        form=forms[config["sharing"], config["kv_sharing"]],
        vocab=config["vocab_size"],
        hidden=config["hidden_size"],
        inner=config["intermediate_size"],
        heads=config["num_attention_heads"],
        kv_heads=config["num_key_value_heads"],
        head_dim=config["head_dim"],
        theta=config["rope_theta"],
        eps=config["rms_norm_eps"],
        context=config["max_position_embeddings"],
        first=config["num_first_layers"],
        block=config["num_block_layers"],
        last=config["num_last_layers"],
        recursions=config["num_recursions"],
        router=config["router"]["hidden_size"],
    )
