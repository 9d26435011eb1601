"""Questions of public tasks -> bench.npz: every choice as a row of tokens, the choice's own tokens counted.

python tasks.py --suite FOLDER --dense HF --out ROWS

FOLDER: arc_easy.jsonl, piqa.jsonl, openbook_qa.jsonl with {"query", "choices", "gold"} a line, lambada_openai.jsonl
with {"context", "continuation"}, as public evaluation suites have them.
"""

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rows import token_type, write_held

LENGTH = 160  # tokens; questions with a longer choice are left out


def asked(text: str) -> str:
    for prefix in ("Question:", "Goal:"):
        text = text.removeprefix(prefix)
    return f"Question: {text.removesuffix('Answer:').strip()}\nAnswer:"


@dataclass(frozen=True)
class Task:
    file: str
    most: int
    read: Callable[[dict], tuple[str, list[str], int]]  # -> context, continuations, index of the right one


def choices(context: Callable[[str], str]) -> Callable[[dict], tuple[str, list[str], int]]:
    return lambda row: (context(row["query"]), [f" {choice.strip()}" for choice in row["choices"]], row["gold"])


TASKS = {
    "arc_easy": Task("arc_easy.jsonl", 800, choices(asked)),
    "piqa": Task("piqa.jsonl", 800, choices(asked)),
    "openbook_qa": Task("openbook_qa.jsonl", 400, choices(str.strip)),
    "lambada": Task("lambada_openai.jsonl", 800, lambda row: (row["context"], [f" {row['continuation'].strip()}"], 0)),
}


def encode(tokenizer: Tokenizer, context: str, continuation: str) -> tuple[list[int], list[int]]:
    """ids of both, and 1 from the first token on that the context alone has not."""
    alone = tokenizer.encode(context, add_special_tokens=False).ids
    ids = tokenizer.encode(context + continuation, add_special_tokens=False).ids
    same = next((i for i, (a, b) in enumerate(zip(alone, ids)) if a != b), min(len(alone), len(ids)))
    return ids, [0] * same + [1] * (len(ids) - same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("suite", "dense", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    tokenizer, rng = Tokenizer.from_file(str(args.dense / "tokenizer.json")), random.Random(3)
    rows, group, label, names = [], [], [], []
    for name, task in TASKS.items():
        questions = [json.loads(line) for line in (args.suite / task.file).read_text().splitlines() if line.strip()]
        rng.shuffle(questions)
        for context, continuations, gold in map(task.read, questions):
            encoded = [encode(tokenizer, context, each) for each in continuations]
            if any(len(ids) > LENGTH or not mask or mask[0] for ids, mask in encoded):
                continue
            group += [len(label)] * len(encoded)
            rows += encoded
            label.append(gold)
            names.append(name)
            if names.count(name) == task.most:
                break
    kind = token_type(tokenizer.get_vocab_size())
    extra = {"group": np.array(group, np.int32), "label": np.array(label, np.int8), "names": np.array(names)}
    write_held(args.out / "bench.npz", [ids for ids, _ in rows], [mask for _, mask in rows], LENGTH, kind, **extra)


if __name__ == "__main__":
    main()
