"""A run's checkpoint -> the model folder that the app reads, but for what evaluate.py and record.py measure.

python export.py --run RUN --dense HF --out MODEL [--name "Depthwise 135M" --base OWNER/NAME --license apache-2.0]

config.json, model-*.safetensors with index, tokenizer, chat template with our system prompt, generation_config.json,
training-log.jsonl, and eval.json with what was trained.
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from tokenizers import Tokenizer

from chat import read_chat
from folder import quantization_config, write_weights
from model import Elastic
from prepare import DOCUMENT
from shape import Shape

SAMPLING = {"do_sample": True, "temperature": 0.5, "top_p": 0.9, "repetition_penalty": 1.1, "max_new_tokens": 1024}


def read_json(file: Path) -> dict:
    return json.loads(file.read_text()) if file.exists() else {}


def token_ids(dense: Path) -> dict:
    """bos, eos (a list: also what begins a document, where the tokenizer has it) and pad."""
    config = read_json(dense / "config.json") | read_json(dense / "generation_config.json")
    given = config.get("eos_token_id")
    ends = [] if given is None else given if isinstance(given, list) else [given]
    document = Tokenizer.from_file(str(dense / "tokenizer.json")).token_to_id(DOCUMENT)
    if document is not None and document not in ends:
        ends = [*ends, document]
    pad = config.get("pad_token_id")
    return {
        "bos_token_id": config.get("bos_token_id"),
        "eos_token_id": ends,
        "pad_token_id": ends[0] if pad is None else pad,
    }


def write_config(
    shape: Shape, bits: int, dense: Path, out: Path, name: str, base: str | None, license: str | None
) -> None:
    origin = read_json(dense / "config.json")
    about = {"base_model": base or origin.get("_name_or_path"), "license": license or origin.get("license")}
    ids = token_ids(dense)
    config = {"name": name, **shape.config(), "quantization_config": quantization_config(bits), **ids}
    config |= {field: value for field, value in about.items() if value}
    (out / "config.json").write_text(json.dumps(config, indent=1))
    generation = SAMPLING | {"eos_token_id": ids["eos_token_id"]}
    (out / "generation_config.json").write_text(json.dumps(generation, indent=1))


def write_tokenizer(shape: Shape, dense: Path, out: Path) -> None:
    shutil.copyfile(dense / "tokenizer.json", out / "tokenizer.json")
    config = read_json(dense / "tokenizer_config.json")
    config |= {"model_max_length": shape.context, "chat_template": read_chat(dense).template}
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("run", "dense", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--name", help="what the app calls the model; without it, Depthwise and its size")
    parser.add_argument("--base", help="the dense model's name; without it, as its config.json says")
    parser.add_argument("--license", help="without it, as the dense model's config.json says")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    about = read_json(args.run / "training.json")
    shape, bits = Shape(**about.pop("shape")), about["bits"]
    model = Elastic(shape)
    state = torch.load(args.run / "checkpoint.pt", map_location="cpu", weights_only=True, mmap=True)
    model.load_state_dict(state["model"])
    millions = round(sum(parameter.numel() for parameter in model.parameters()) / 1e6)
    write_weights(model, bits, args.out)
    write_config(shape, bits, args.dense, args.out, args.name or f"Depthwise {millions}M", args.base, args.license)
    write_tokenizer(shape, args.dense, args.out)
    shutil.copyfile(args.run / "log.jsonl", args.out / "training-log.jsonl")
    (args.out / "eval.json").write_text(json.dumps({"meta": about}, indent=1))
    print(f"{millions} M parameters,", sum(file.stat().st_size for file in args.out.glob("model-*")), "bytes")


if __name__ == "__main__":
    main()
