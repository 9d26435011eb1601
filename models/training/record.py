"""What an implementation of the model folder has to reproduce: float32 arithmetic on the stored weights.

python record.py MODEL          after evaluate.py: it takes the thresholds of calibration.json

MODEL/reference.safetensors    two rows of 88 tokens: hidden_state.r, router_score.r, depth.budget_0.5; logits.* at
                               logit_positions only
MODEL/reference_answers.json   greedy answers at budgets 0, 0.5 and 1 with depths, and the smallest margin between the
                               two likeliest tokens
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor

from chat import SYSTEM, Chat, read_chat
from depth import by_thresholds
from folder import read_model, thresholds_of
from model import Elastic

CHAIN = "Behind Ben is Peter. Behind Peter is Thomas. Behind Thomas is Alex. Who is three behind Ben?"
SKY = (
    "The sky looks blue because sunlight is scattered by the air. Short waves are scattered more than long ones, "
    "and our eyes are more sensitive to blue than to violet. In the evening the light travels a longer way, so what "
    "is left of it is red."
)
ROWS = (("Why is the sky blue?", SKY), (CHAIN, "Three behind Ben is Alex."))
FILLING = (
    " Is there anything else that you would like to know about this? Just ask and I shall answer as well as I can, "
    "step by step."
)
LENGTH, POSITIONS = 88, (0, 31, 63, 87)
PROMPTS = ("Hello! How are you?", "What is the capital of France?", "Name five fruits.", CHAIN)
BUDGETS, MOST = (0, 0.5, 1), 24


def prompt_ids(tokenizer: Tokenizer, chat: Chat, question: str) -> list[int]:
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
    return tokenizer.encode(chat.render(messages, begin_answer=True), add_special_tokens=False).ids


def calibrated(folder: Path) -> dict[float, list[float]]:
    rows = json.loads((folder / "calibration.json").read_text())["budgets"]
    return {row["budget"]: thresholds_of(row) for row in rows}


def reference(model: Elastic, ids: Tensor, thresholds: list[float]) -> dict[str, Tensor]:
    """ids [2, LENGTH] -> the tensors of reference.safetensors."""
    positions = torch.tensor(POSITIONS)
    x, written = model.begin(ids)
    states = model.deep(x, written)
    mixed, depth = model.route(x, written, by_thresholds(thresholds))

    def logits(state: Tensor) -> Tensor:
        return model.tail(state)[:, positions] @ model.head().T

    recorded = {"input_ids": ids, "logit_positions": positions}
    recorded |= {"depth.budget_0.5": depth, "logits.budget_0.5": logits(mixed)}
    for r, state in enumerate(states, 1):
        recorded |= {f"hidden_state.{r}": state, f"logits.depth_{r}": logits(state)}
    for r, (router, state) in enumerate(zip(model.routers, states), 2):
        recorded[f"router_score.{r}"] = router(state)
    return {name: tensor.contiguous() for name, tensor in recorded.items()}


def answer(model: Elastic, prompt: list[int], thresholds: list[float], ends: list[int]) -> dict:
    """Greedy, without a cache."""
    ids, depths, margins = [], [], []
    while len(ids) < MOST and (not ids or ids[-1] not in ends):
        state, depth = model.route(*model.begin(torch.tensor([prompt + ids])), by_thresholds(thresholds))
        best = (model.tail(state)[0, -1] @ model.head().T).topk(2)
        ids.append(int(best.indices[0]))
        depths.append(int(depth[0, -1]))
        margins.append(float(best.values[0] - best.values[1]))
    return {"prompt_ids": prompt, "generated_ids": ids, "depths": depths, "smallest_margin": round(min(margins), 4)}


@torch.no_grad()
def record(folder: Path) -> None:
    model, chat = read_model(folder), read_chat(folder)
    tokenizer, thresholds = Tokenizer.from_file(str(folder / "tokenizer.json")), calibrated(folder)
    filling = tokenizer.encode(FILLING, add_special_tokens=False).ids
    rows = []
    for question, told in ROWS:
        ids = prompt_ids(tokenizer, chat, question) + tokenizer.encode(told, add_special_tokens=False).ids
        rows.append((ids + filling * LENGTH)[:LENGTH])
    save_file(reference(model, torch.tensor(rows), thresholds[0.5]), folder / "reference.safetensors")
    ends, answers = json.loads((folder / "config.json").read_text())["eos_token_id"], []
    for question in PROMPTS:
        for budget in BUDGETS:
            given = answer(model, prompt_ids(tokenizer, chat, question), thresholds[budget], ends)
            text = tokenizer.decode(given["generated_ids"])
            answers.append({"prompt": question, "budget": budget, **given, "text": text})
            print(budget, question[:30], "->", text, flush=True)
    (folder / "reference_answers.json").write_text(json.dumps(answers, indent=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    record(parser.parse_args().model)


if __name__ == "__main__":
    main()
