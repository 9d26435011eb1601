"""Reading the corpus folder; its README describes the files and their licences."""

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

SEPARATOR = "<|endofdoc|>\n"
# Sources with many chats of one kind: at most so many of each
MOST = {
    "jfainberg/self_dialogue_corpus": 9000,
    "google-research-datasets/dstc8-schema-guided-dialogue": 2500,
    "alexa/Topical-Chat": 1200,
    "google-research-datasets/Taskmaster": 1500,
}


def read_json_lines(path: Path) -> Iterator[dict]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def read_chats(corpus: Path) -> Iterator[list[dict]]:
    """Messages of the chats to train on."""
    seen: Counter = Counter()
    for chat in read_json_lines(corpus / "chat.jsonl.xz"):
        seen[chat["source"]] += 1
        if seen[chat["source"]] <= MOST.get(chat["source"], float("inf")):
            yield chat["messages"]


def read_documents(corpus: Path, name: str) -> list[str]:
    """Documents of `encyclopedia` or `stories`."""
    with lzma.open(corpus / f"{name}.txt.xz", "rt", encoding="utf-8") as file:
        return [text.strip() for text in file.read().split(SEPARATOR) if text.strip()]


def read_held_out(corpus: Path) -> list[dict]:
    """Chats ("messages") and texts ("text") that no training row is made of."""
    return list(read_json_lines(corpus / "eval.jsonl.xz"))
