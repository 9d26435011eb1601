"""A run's checkpoint -> a model folder for the app.

python export.py --run DIR/run --tokens DIR/tokens --out FOLDER

Writes config.json, model.safetensors (bfloat16 matrices, float32 norms and routers), the tokenizer's files,
generation_config.json, calibration.json (see calibrate.py), reference.safetensors and reference_answers.json.
Everything measured is computed in float32 from the weights as stored.
"""

import argparse
import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

import corpus
from calibrate import calibrate
from depth import threshold_rule
from evaluate import calibration_row, thresholds_of
from folder import config_to_json, load_model, save_weights
from generate import answer, budget_thresholds
from model import ElasticMoR, ModelConfig

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
REFERENCE_PROMPTS = (
    "Hello! How are you?",
    "What is your favorite movie?",
    'What does the word "island" mean?',
    "Tell me a joke.",
    "Do you like dogs?",
    "Behind Jim is Mary. Behind Tom is Jim. Behind Mary is Paul. Who is two behind Tom?",
    "Say this list backwards: cat, tree, moon, fish, door",
)
REFERENCE_LENGTH = 32
REFERENCE_OFFSETS = (1000, 50000)


def write_json(path: Path, content) -> None:
    path.write_text(json.dumps(content, indent=1))


def model_of_run(run: Path) -> ElasticMoR:
    """The model of a checkpoint."""
    saved = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=False)
    model = ElasticMoR(ModelConfig(**saved["config"]))
    model.load_state_dict(saved["model"])
    return model


def write_settings(folder: Path, config: ModelConfig, tokenizer: Tokenizer) -> None:
    """config.json, tokenizer_config.json and generation_config.json."""
    begin, end, pad = (tokenizer.token_to_id(t) for t in (corpus.BEGIN, corpus.END_OF_TURN, "<|pad|>"))
    write_json(folder / "config.json", config_to_json(config, begin, end, pad))
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": corpus.BEGIN,
        "eos_token": corpus.END_OF_TURN,
        "pad_token": "<|pad|>",
        "model_max_length": config.max_position,
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    write_json(folder / "tokenizer_config.json", tokenizer_config)
    sampling = {"temperature": 0.7, "top_p": 0.9, "repetition_penalty": 1.1, "max_new_tokens": 256}
    write_json(folder / "generation_config.json", {**sampling, "eos_token_id": [end, begin]})


@torch.no_grad()
def reference_tensors(model: ElasticMoR, ids: torch.Tensor, calibration: dict) -> dict[str, torch.Tensor]:
    """What a runtime must reproduce for ids [2, 32]: states, scores and logits of every depth, and a routed pass."""
    states = model.states(ids)
    scores = model.scores(states)
    tensors = {"input_ids": ids}
    for recursion, state in enumerate(states, start=1):
        tensors[f"hidden_state.{recursion}"] = state
        tensors[f"logits.depth_{recursion}"] = model.finish(state)
    for index in range(scores.size(-1)):
        tensors[f"router_score.{index + 2}"] = scores[..., index]
    depth = threshold_rule(scores, thresholds_of(calibration_row(calibration, 0.5)))
    tensors["depth.budget_0.5"] = depth
    tensors["logits.budget_0.5"] = model.finish(model.mix(states, depth))
    return {name: tensor.contiguous().clone() for name, tensor in tensors.items()}


def reference_answers(model: ElasticMoR, tokenizer: Tokenizer, calibration: dict) -> list[dict]:
    """Greedy answers at three budgets, with ids and depths."""
    answers = []
    for prompt in REFERENCE_PROMPTS:
        for budget in (0.0, 0.5, 1.0):
            thresholds = budget_thresholds(calibration, budget, model.config.num_recursions)
            result = answer(model, tokenizer, prompt, thresholds)
            answers.append({"prompt": prompt, "budget": budget, **asdict(result)})
    return answers


def export(model: ElasticMoR, tokens: Path, out: Path, windows: int) -> None:
    """Write the whole folder; `tokens` holds tokenizer.json and the held-out texts."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copy(tokens / "tokenizer.json", out)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    write_settings(out, model.config, tokenizer)
    save_weights(model, out)
    stored = load_model(out)
    calibration = calibrate(stored, tokens, windows)
    write_json(out / "calibration.json", calibration)
    held_out = np.memmap(tokens / "held_out_short.bin", dtype=np.uint16, mode="r")
    starts = [min(offset, len(held_out) - REFERENCE_LENGTH) for offset in REFERENCE_OFFSETS]
    ids = np.stack([held_out[start : start + REFERENCE_LENGTH] for start in starts]).astype(np.int64)
    save_file(reference_tensors(stored, torch.from_numpy(ids), calibration), out / "reference.safetensors")
    write_json(out / "reference_answers.json", reference_answers(stored, tokenizer, calibration))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--tokens", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=300, help="calibration windows of 256 tokens, in each half")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    export(model_of_run(args.run), args.tokens, args.out, args.windows)
    for file in sorted(args.out.iterdir()):
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
