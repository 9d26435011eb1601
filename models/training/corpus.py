"""Reading the corpus folder: chats, stories and the held-out set, and how a chat becomes one string.

Nothing here decides what is trained on; see prepare.py. Files are described in the corpus folder's README.
"""

import json
import lzma
from pathlib import Path

SPECIAL_TOKENS = (
    "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>",
    "<|reserved_0|>", "<|reserved_1|>",
)  # fmt: skip
BEGIN = "<|endoftext|>"
END_OF_TURN = "<|end|>"
DOCUMENT_SEPARATOR = "<|endofdoc|>"

# Sources whose answers are long, technical or built around a fixed service. A model of a few million
# parameters learns little from them, so they are kept apart and given a smaller share.
LONG_SOURCES = frozenset({
    "lmarena/arena-hard-auto", "lm-sys/FastChat", "Open-Assistant/oasst-model-eval", "Re-Align/just-eval",
    "hiyouga/LLaMA-Factory", "openai/grade-school-math", "google-research-datasets/dstc8-schema-guided-dialogue",
    "ConvLab/ConvLab-2 (MultiWOZ)", "google-research-datasets/Taskmaster", "teknium1/GPTeacher",
    "bitext/customer-support-llm-chatbot-training-dataset", "PhoebusSi/Alpaca-CoT (formatted_cot)",
    "rasbt/LLMs-from-scratch",
})  # fmt: skip
SHORT_TURN = 400  # characters; a chat with a longer turn counts as long


def read_lines(path: Path):
    """Lines of an .xz text file, newline included."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        yield from file


def read_json_lines(path: Path):
    """Objects of an .xz file with one JSON object a line."""
    for line in read_lines(path):
        yield json.loads(line)


def read_documents(path: Path):
    """Documents of an .xz text file in which a line of its own separates them."""
    lines = []
    for line in read_lines(path):
        if line.strip() == DOCUMENT_SEPARATOR:
            yield "".join(lines).strip()
            lines = []
        else:
            lines.append(line)
    if lines:
        yield "".join(lines).strip()


def without_special_tokens(text: str) -> str:
    """Text in which nobody can forge a turn: the special tokens' spellings are removed."""
    for token in SPECIAL_TOKENS:
        text = text.replace(token, "")
    return text


def chat_text(messages: list[dict]) -> str:
    """The chat template: <|role|>content<|end|> for every message (the begin token comes from the writer)."""
    turns = (f"<|{m['role']}|>{without_special_tokens(m['content'])}{END_OF_TURN}" for m in messages)
    return "".join(turns)


def is_short_chat(document: dict) -> bool:
    """True for chats of everyday length from sources a small model can learn to speak from."""
    if document["source"] in LONG_SOURCES:
        return False
    return max(len(m["content"]) for m in document["messages"]) < SHORT_TURN
