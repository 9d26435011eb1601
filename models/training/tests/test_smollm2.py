"""A GGUF becomes a Hugging Face folder and a GGUF of 8 bits."""

import json

import gguf
import numpy as np
import torch
from conftest import TEMPLATE, call
from tokenizers import Tokenizer

from dense import read_dense
from smollm2 import halves_order, metadata, values

TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *"abcdef1234567", "Ġ", "ab", "Ġab"]


def write_gguf(file) -> None:
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_1)
    writer.add_block_count(2)
    writer.add_context_length(128)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(128)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_rope_freq_base(1e4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    writer.add_token_types([3, 3, 3, *[1] * (len(TOKENS) - 3)])
    writer.add_token_merges(["a b", "Ġ ab"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_chat_template(TEMPLATE)
    rng = np.random.default_rng(1)

    def add(name: str, *shape: int) -> None:
        kind = gguf.GGMLQuantizationType.Q4_1 if len(shape) == 2 else gguf.GGMLQuantizationType.F32
        tensor = rng.standard_normal(shape).astype(np.float32)
        writer.add_tensor(name, gguf.quantize(tensor, kind), raw_dtype=kind)

    add("token_embd.weight", len(TOKENS), 64)
    add("output_norm.weight", 64)
    for i in range(2):
        for name, rows, columns in (("q", 64, 64), ("k", 32, 64), ("v", 32, 64), ("output", 64, 64)):
            add(f"blk.{i}.attn_{name}.weight", rows, columns)
        for name, rows, columns in (("gate", 128, 64), ("up", 128, 64), ("down", 64, 128)):
            add(f"blk.{i}.ffn_{name}.weight", rows, columns)
        add(f"blk.{i}.attn_norm.weight", 64)
        add(f"blk.{i}.ffn_norm.weight", 64)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_halves_order():
    rows = np.arange(16).reshape(16, 1)
    assert halves_order(rows, 2)[:, 0].tolist() == [0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15]


def test_folder_and_gguf(tmp_path):
    write_gguf(tmp_path / "given.gguf")
    call("smollm2.py", tmp_path, "--gguf", tmp_path / "given.gguf")
    given, small = (gguf.GGUFReader(tmp_path / name) for name in ("given.gguf", "smollm2-q8_0.gguf"))
    assert (tmp_path / "smollm2-q4_1.gguf").read_bytes() == (tmp_path / "given.gguf").read_bytes()
    about = metadata(given)
    assert metadata(small) == about | {"general.file_type": gguf.LlamaFileType.MOSTLY_Q8_0}
    for old, new in zip(given.tensors, small.tensors):
        assert old.name == new.name and np.abs(values(old) - values(new)).max() < 0.02

    model = read_dense(tmp_path / "hf")
    stored = {tensor.name: values(tensor) for tensor in given.tensors}
    query = halves_order(stored["blk.1.attn_q.weight"], 2)
    assert torch.equal(model.layers[1].self_attn["q_proj"].weight, torch.from_numpy(query))
    assert torch.equal(model.layers[1].mlp["down_proj"].weight, torch.from_numpy(stored["blk.1.ffn_down.weight"]))
    tokenizer = Tokenizer.from_file(str(tmp_path / "hf" / "tokenizer.json"))
    ids = tokenizer.encode("<|im_start|>ab 12 ab").ids
    assert [TOKENS[i] for i in ids] == ["<|im_start|>", "ab", "Ġ", "1", "2", "Ġab"]
    assert json.loads((tmp_path / "hf" / "tokenizer_config.json").read_text())["chat_template"] == TEMPLATE
