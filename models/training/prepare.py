"""Corpus -> rows of tokens to train on and to measure with (rows.py), for one tokenizer.

python prepare.py --corpus CORPUS --dense HF --out ROWS [--only text puzzles held]

text     chat, encyclopedia and stories; every row begins with a document; three minutes
puzzles  8,000 rows of puzzle conversations with the mask of their answers (puzzles.py)
held     held-out chats and texts, and held-out puzzles
"""

import argparse
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import puzzles
from chat import Chat, read_chat
from corpus import read_chats, read_documents, read_held_out
from rows import LENGTH, token_type, write_held, write_rows

WITH_SYSTEM = 0.7  # share of conversations that begin with the system prompt
LEAST_REST = 192  # tokens: a shorter rest of a document begins no row
HELD_ROWS, HELD_LENGTH = 512, 513
PUZZLE_LENGTH = 256
PUZZLE_LEVELS = {
    "chain": range(1, 9),
    "where": range(1, 4),
    "add": range(1, 5),
    "sort": (3, 5, 7, 8),
    "reverse": (4, 8),
}
DOCUMENT = "<|endoftext|>"  # begins a document, where the tokenizer has it; else the token that begins a text does


def pack(tokenizer: Tokenizer, texts: list[str], at_once: int = 2000) -> np.ndarray:
    """A row begins with a document; what is left of one that does not fit begins the next row, if it is long."""
    rows, row = [], []
    for start in range(0, len(texts), at_once):
        for encoded in tokenizer.encode_batch(texts[start : start + at_once], add_special_tokens=False):
            ids = encoded.ids
            while ids:
                room = LENGTH - len(row)
                row, ids = row + ids[:room], ids[room:]
                if len(row) == LENGTH:
                    rows.append(row)
                    row = []
                if len(ids) < LEAST_REST:
                    ids = []
    return np.array(rows, dtype=token_type(tokenizer.get_vocab_size())).reshape(-1, LENGTH)


def tokens_and_mask(tokenizer: Tokenizer, pieces: Iterable[tuple[str, bool]]) -> tuple[list[int], list[int]]:
    """Pieces of a conversation -> ids, and 1 at the answers' tokens."""
    ids, mask = [], []
    for text, counts in pieces:
        piece = tokenizer.encode(text, add_special_tokens=False).ids
        ids += piece
        mask += [int(counts)] * len(piece)
    return ids, mask


def level_of(kind: str, rng: random.Random) -> Callable[[], int]:
    spec = puzzles.KINDS[kind]
    return lambda: rng.randint(spec.lowest, spec.highest)


def puzzle_rows(tokenizer: Tokenizer, chat: Chat, count: int, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Rows of whole conversations, filled up with zeros, and the mask of their answers."""
    rows = np.zeros((count, LENGTH), token_type(tokenizer.get_vocab_size()))
    masks, at, row = np.zeros((count, LENGTH), bool), 0, 0
    shares = [kind.weight for kind in puzzles.KINDS.values()]
    while True:
        kind = rng.choices(list(puzzles.KINDS), shares)[0]
        puzzle = puzzles.training_puzzle(rng, kind, level_of(kind, rng))
        pieces = chat.conversation(puzzle.messages(), rng.random() < WITH_SYSTEM)
        ids, mask = (part[:LENGTH] for part in tokens_and_mask(tokenizer, pieces))
        if at + len(ids) > LENGTH:
            at, row = 0, row + 1
        if row == count:
            return rows, masks
        rows[row, at : at + len(ids)], masks[row, at : at + len(ids)] = ids, mask
        at += len(ids)


def write_texts(tokenizer: Tokenizer, chat: Chat, corpus: Path, out: Path, rng: random.Random) -> None:
    begin = DOCUMENT if tokenizer.token_to_id(DOCUMENT) is not None else chat.tokens.get("bos_token", "")
    chats = [chat.text(messages, rng.random() < WITH_SYSTEM) for messages in read_chats(corpus)]
    texts = {"chat": chats}
    for name in ("encyclopedia", "stories"):
        texts[name] = [begin + chat.clean(text) for text in read_documents(corpus, name)]
    for name, each in texts.items():
        rng.shuffle(each)
        rows = pack(tokenizer, each)
        print(name, len(each), "documents,", len(rows), "rows", flush=True)
        write_rows(out, name, rows)


def write_held_out(tokenizer: Tokenizer, chat: Chat, corpus: Path, out: Path, rng: random.Random, a_level: int) -> None:
    kind = token_type(tokenizer.get_vocab_size())
    begin = DOCUMENT if tokenizer.token_to_id(DOCUMENT) is not None else chat.tokens.get("bos_token", "")
    documents = read_held_out(corpus)
    rng.shuffle(documents)
    texts = (chat.text(d["messages"], True) if "messages" in d else begin + d["text"] for d in documents)
    ids = (tokenizer.encode(text, add_special_tokens=False).ids[:HELD_LENGTH] for text in texts)
    long = [row for row in ids if len(row) >= 40][:HELD_ROWS]
    write_held(out / "held.npz", long, [[1] * len(row) for row in long], HELD_LENGTH, kind)
    rows, masks, kinds, levels = [], [], [], []
    for name, steps in PUZZLE_LEVELS.items():
        for level in steps:
            for _ in range(a_level):
                puzzle = puzzles.held_out_puzzle(rng, name, level)
                row, mask = tokens_and_mask(tokenizer, chat.conversation(puzzle.messages(), True))
                if len(row) <= PUZZLE_LENGTH:
                    rows, masks = [*rows, row], [*masks, mask]
                    kinds, levels = [*kinds, name], [*levels, level]
    extra = {"kind": np.array(kinds), "level": np.array(levels, np.int8)}
    write_held(out / "puzzle_eval.npz", rows, masks, PUZZLE_LENGTH, kind, **extra)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument(
        "--dense", type=Path, required=True, help="folder with tokenizer.json and tokenizer_config.json"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=("text", "puzzles", "held"), default=("text", "puzzles", "held"))
    parser.add_argument("--puzzle-rows", type=int, default=8000)
    parser.add_argument("--puzzles-a-level", type=int, default=100, help="held-out ones, of each kind and level")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer, chat = Tokenizer.from_file(str(args.dense / "tokenizer.json")), read_chat(args.dense)
    if "text" in args.only:
        write_texts(tokenizer, chat, args.corpus, args.out, random.Random(5))
    if "puzzles" in args.only:
        write_rows(args.out, "puzzles", *puzzle_rows(tokenizer, chat, args.puzzle_rows, random.Random(11)))
    if "held" in args.only:
        write_held_out(tokenizer, chat, args.corpus, args.out, random.Random(3), args.puzzles_a_level)


if __name__ == "__main__":
    main()
