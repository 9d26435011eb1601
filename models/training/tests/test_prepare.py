"""Rows of text, puzzles and held-out text: what they begin with, what counts in them, and that they are read back."""

import json
import lzma

import numpy as np
import pytest
from conftest import SHARED
from tokenizers import Tokenizer

from batches import Batches, Plan, read_sources
from chat import SYSTEM, read_chat
from rows import LENGTH, read_held, read_rows


def test_rows_of_text(data, hf):
    tokenizer = Tokenizer.from_file(str(hf / "tokenizer.json"))
    for name, begin in (("chat", "<|im_start|>"), ("stories", "<|endoftext|>"), ("encyclopedia", "<|endoftext|>")):
        rows, mask = read_rows(data, name)
        assert mask is None and rows.shape[1] == LENGTH and len(rows) > 1
        assert (rows[:, 0] == tokenizer.token_to_id(begin)).all()
    text = tokenizer.decode(read_rows(data, "chat")[0][0].tolist(), skip_special_tokens=False)
    assert f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\nWho sings?<|im_end|>\n" in text
    assert "The bird sings at dawn.<|im_end|>\n" in text  # the forged end of a turn is gone


def test_rows_of_puzzles_count_answers_only(data, hf):
    tokenizer = Tokenizer.from_file(str(hf / "tokenizer.json"))
    rows, mask = read_rows(data, "puzzles")
    assert rows.shape == mask.shape == (12, LENGTH) and mask.any(1).all()
    counted = tokenizer.decode(rows[0][mask[0]].tolist(), skip_special_tokens=False)
    rest = tokenizer.decode(rows[0][~mask[0]].tolist(), skip_special_tokens=False)
    assert "?" not in counted and "\n" not in counted and "<|im_start|>" not in counted
    assert counted.count("<|im_end|>") == rest.count("<|im_start|>assistant\n")


def test_held_out(data):
    held = read_held(data / "held.npz")
    lengths = held.counted.sum(1)
    assert (held.ids[held.counted.logical_not()] == 0).all() and lengths.min() >= 40
    puzzles = read_held(data / "puzzle_eval.npz")
    assert {"where", "add", "chain"} <= set(puzzles.extra["kind"]) and len(puzzles[::2].extra["level"]) == (
        len(puzzles.ids) + 1
    ) // 2
    tasks = read_held(data / "bench.npz")
    assert tasks.extra["names"].tolist() == ["arc_easy"] * 3 + ["piqa"] * 3 + ["openbook_qa"] * 3 + ["lambada"]
    assert tasks.extra["group"].tolist() == [i // 2 for i in range(18)] + [9]


def test_chat_equals_the_template(hf):
    chat = read_chat(hf)
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    pieces = chat.conversation(messages, system=True)
    assert "".join(text for text, _ in pieces) == chat.render([{"role": "system", "content": SYSTEM}, *messages])
    assert [text for text, answer in pieces if answer] == ["Hello<|im_end|>"]
    assert chat.text(messages, system=False) == chat.render(messages)


def test_batches_go_on_where_they_were(data):
    plan = Plan(8)
    one, other = (Batches(read_sources(data), plan, 48) for _ in range(2))
    for step in range(5):
        batch = one.draw(step, 0.1)
    other.go_on(json.loads(json.dumps(one.state)))
    again, same = one.draw(5, 0.7), other.draw(5, 0.7)
    assert all(np.array_equal(a, b) for a, b in zip(vars(again).values(), vars(same).values()))
    assert batch.puzzle.tolist() == [False] * 2 + [True] + [False] * 4 + [True]
    assert batch.counted[~batch.puzzle].all() and batch.inputs.shape == batch.targets.shape == (8, 48)


def test_reads_the_rows_at_hand():
    folder = SHARED / "training" / "rows"
    if not folder.exists():
        pytest.skip("the rows are not here")
    rows, mask = read_rows(folder, "puzzles")
    raw = lzma.decompress((folder / "puzzles.xz").read_bytes())
    assert rows.shape == mask.shape == (8000, 1025) and rows.tobytes() == raw
