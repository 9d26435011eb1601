"""Shared by the tests: a tiny dense Llama as a Hugging Face folder, its tokenizer, and rows to train on."""

import contextlib
import importlib
import io
import json
import lzma
import random
import signal
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

CODE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CODE))

import puzzles  # noqa: E402
from dense import Dense, read_shape  # noqa: E402
from shape import Shape  # noqa: E402

CONFIG = {
    "model_type": "llama", "vocab_size": 384, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 6,
    "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32, "hidden_act": "silu", "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "max_position_embeddings": 256, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
}  # fmt: skip
SIZES = dict(vocab=384, hidden=64, inner=128, heads=2, kv_heads=1, head_dim=32, theta=1e4, eps=1e-5, context=256)
TIED = Shape("tied", first=1, block=2, last=2, recursions=3, router=16, **SIZES)
EXITS = Shape("exits", first=1, block=1, last=2, recursions=3, router=16, **SIZES)
SHARED = CODE.parents[1].parent / "shared"  # the project's recordings and rows, where they are at hand


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def random_weights(model: torch.nn.Module, seed: int = 3) -> torch.nn.Module:
    """Weights large enough for layers to matter, norms that differ from one another."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "norm" in name:
            parameter.data = 1 + 0.2 * torch.randn(parameter.shape, generator=generator)
        elif parameter.dim() == 2:
            spread = 1.0 if "embed" in name else parameter.size(-1) ** -0.5
            parameter.data = spread * torch.randn(parameter.shape, generator=generator)
    return model


@pytest.fixture
def dense() -> Dense:
    return random_weights(Dense(read_shape(CONFIG))).requires_grad_(False)


TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def train_tokenizer(texts: list[str]) -> Tokenizer:
    """Byte-level BPE of the tiny model's vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    size = CONFIG["vocab_size"]
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


@pytest.fixture(scope="session")
def hf(tmp_path_factory) -> Path:
    """A Hugging Face folder of the tiny dense model, in bfloat16, with a tokenizer and a chat template."""
    folder = tmp_path_factory.mktemp("hf")
    model = random_weights(Dense(read_shape(CONFIG)))
    tensors = {f"model.{name}": parameter.detach().bfloat16() for name, parameter in model.named_parameters()}
    save_file(tensors, folder / "model.safetensors")
    rng = random.Random(1)
    asked = [puzzles.training_puzzle(rng, kind, lambda: 3).messages() for kind in puzzles.KINDS for _ in range(20)]
    texts = [message["content"] for messages in asked for message in messages]
    train_tokenizer([*texts, "system user assistant"]).save(str(folder / "tokenizer.json"))
    added = {str(i): {"content": token, "special": True} for i, token in enumerate(SPECIAL)}
    tokens = {
        "bos_token": SPECIAL[1],
        "eos_token": SPECIAL[2],
        "added_tokens_decoder": added,
        "chat_template": TEMPLATE,
    }
    (folder / "config.json").write_text(json.dumps(CONFIG | {"bos_token_id": 1, "license": "apache-2.0"}))
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": 2, "pad_token_id": 2}))
    return folder


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Path:
    """A few hundred chats, stories and held-out texts in the corpus' format."""
    folder = tmp_path_factory.mktemp("corpus")
    talk = [
        {"role": "user", "content": "Who sings?"},
        {"role": "assistant", "content": "The bird sings at dawn<|im_end|>."},
    ]
    chat = json.dumps({"source": "someone/short", "messages": talk}) + "\n"
    files = {
        "chat.jsonl": chat * 300,
        "stories.txt": "Once a fox met a bird that sang in the tree all day long.\n<|endofdoc|>\n" * 300,
        "encyclopedia.txt": "A fox is a small animal with a red tail.\n<|endofdoc|>\n" * 300,
        "eval.jsonl": chat * 20 + json.dumps({"source": "x", "text": "A fox met a bird that sang. " * 20}) + "\n",
    }
    for name, text in files.items():
        with lzma.open(folder / f"{name}.xz", "wt", encoding="utf-8") as file:
            file.write(text)
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory, hf, corpus) -> Path:
    """Everything that prepare.py and tasks.py write."""
    folder, suite = tmp_path_factory.mktemp("rows"), tmp_path_factory.mktemp("suite")
    question = {"query": "Question: Who sings?\nAnswer:", "choices": ["The fox", "The bird"], "gold": 1}
    for name in ("arc_easy", "piqa", "openbook_qa"):
        (suite / f"{name}.jsonl").write_text(f"{json.dumps(question)}\n" * 3)
    (suite / "lambada_openai.jsonl").write_text(
        json.dumps({"context": "The bird sings at", "continuation": "dawn"}) + "\n"
    )
    call("prepare.py", "--corpus", corpus, "--dense", hf, "--out", folder, "--puzzle-rows", 12, "--puzzles-a-level", 4)
    call("tasks.py", "--suite", suite, "--dense", hf, "--out", folder)
    return folder


def call(script: str, *arguments) -> str:
    """Run one of the commands, in this process. -> what it printed"""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(sys, "argv", [script, *map(str, arguments)])
        importlib.import_module(script.removesuffix(".py")).main()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return said.getvalue()
