"""Corpus -> uint16 token files, one per group, and the shares in which training draws from them.

python prepare.py --corpus ../shared/data --tokenizer DIR/tokenizer.json --out DIR/tokens
python prepare.py --corpus ../shared/data --train-tokenizer 12288 --out DIR/tokens --encyclopedia

Training files come from the corpus' training files only. The evaluation file (eval.jsonl.xz) is read by one
function and written to files whose names start with "held_out"; training refuses those names.
Every document starts with the begin token, which also ends the one before it.
"""

import argparse
import json
import random
import shutil
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import corpus

HELD_OUT_PREFIX = "held_out"
# Shares of the running text. Puzzles are made while training and come on top (see train.py).
MIX_SMALL = {
    "main": {"chat_short": 0.85, "chat_long": 0.07, "stories": 0.08},
    "anneal": {"chat_short": 0.95, "chat_long": 0.04, "stories": 0.01},
}
MIX_LARGE = {
    "main": {"chat_short": 0.25, "chat_long": 0.20, "stories": 0.20, "encyclopedia": 0.35},
    "anneal": {"chat_short": 0.50, "chat_long": 0.30, "stories": 0.10, "encyclopedia": 0.10},
}


def training_groups(folder: Path, with_encyclopedia: bool) -> dict[str, list[str]]:
    """Group name -> documents as text, from the training files alone."""
    groups = {"chat_short": [], "chat_long": []}
    for document in corpus.read_json_lines(folder / "chat.jsonl.xz"):
        name = "chat_short" if corpus.is_short_chat(document) else "chat_long"
        groups[name].append(corpus.chat_text(document["messages"]))
    stories = corpus.read_documents(folder / "stories.txt.xz")
    groups["stories"] = [corpus.without_special_tokens(text) for text in stories]
    if with_encyclopedia:
        articles = corpus.read_documents(folder / "encyclopedia.txt.xz")
        groups["encyclopedia"] = [corpus.without_special_tokens(text) for text in articles]
    return groups


def held_out_groups(folder: Path) -> dict[str, list[str]]:
    """Group name -> documents as text, from the evaluation file alone."""
    groups = {"held_out_short": [], "held_out_long": [], "held_out_text": []}
    for document in corpus.read_json_lines(folder / "eval.jsonl.xz"):
        if "messages" not in document:
            groups["held_out_text"].append(corpus.without_special_tokens(document["text"]))
        else:
            name = "held_out_short" if corpus.is_short_chat(document) else "held_out_long"
            groups[name].append(corpus.chat_text(document["messages"]))
    return groups


def train_tokenizer(groups: dict[str, list[str]], entries: int, per_group: int = 60_000) -> Tokenizer:
    """Byte-level BPE over a sample of the training documents; digits stand alone."""
    tokenizer = Tokenizer(models.BPE())
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    sample = [d for docs in groups.values() for d in random.sample(docs, min(len(docs), per_group))]
    trainer = trainers.BpeTrainer(
        vocab_size=entries,
        special_tokens=list(corpus.SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        min_frequency=2,
    )
    tokenizer.train_from_iterator((corpus.without_special_tokens(d) for d in sample), trainer)
    return tokenizer


def write_tokens(path: Path, documents: list[str], tokenizer: Tokenizer, chunk: int = 1000) -> int:
    """Shuffle, encode and write documents as uint16; returns the number of tokens."""
    begin = tokenizer.token_to_id(corpus.BEGIN)
    random.shuffle(documents)
    count = 0
    with open(path, "wb") as file:
        for start in range(0, len(documents), chunk):
            for encoding in tokenizer.encode_batch(documents[start : start + chunk]):
                ids = np.array([begin, *encoding.ids], dtype=np.uint16)
                file.write(ids.tobytes())
                count += len(ids)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--tokenizer", type=Path, help="use this tokenizer.json unchanged")
    source.add_argument("--train-tokenizer", type=int, metavar="ENTRIES", help="train one of this size")
    parser.add_argument("--encyclopedia", action="store_true", help="add encyclopedia prose (large models)")
    args = parser.parse_args()

    random.seed(0)
    args.out.mkdir(parents=True, exist_ok=True)
    groups = training_groups(args.corpus, args.encyclopedia)
    if args.tokenizer:
        shutil.copy(args.tokenizer, args.out / "tokenizer.json")
        tokenizer = Tokenizer.from_file(str(args.tokenizer))
    else:
        tokenizer = train_tokenizer(groups, args.train_tokenizer)
        tokenizer.save(str(args.out / "tokenizer.json"))
    counts = {}
    for name, documents in {**groups, **held_out_groups(args.corpus)}.items():
        counts[name] = write_tokens(args.out / f"{name}.bin", documents, tokenizer)
        print(f"{name}: {len(documents)} documents, {counts[name] / 1e6:.2f} M tokens", flush=True)
    mix = MIX_LARGE if args.encyclopedia else MIX_SMALL
    (args.out / "mix.json").write_text(json.dumps({**mix, "tokens": counts}, indent=1))


if __name__ == "__main__":
    main()
