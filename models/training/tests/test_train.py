"""Runs: overfitting a page, resuming to the bit, held-out data refused, the export's round trip."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import TINY
from safetensors.torch import load_file
from tokenizers import Tokenizer

from batches import Curriculum, TextSource
from export import export
from folder import load_model, stored_tensors
from optimizer import Schedule
from quantise import measure, round_to_blocks

CODE = Path(__file__).resolve().parent.parent


def train(tokens: Path, run: Path, *more: str) -> dict:
    """Run train.py with the tiny sizes; returns the checkpoint."""
    run.mkdir(exist_ok=True)
    (run / "sizes.json").write_text(json.dumps(TINY.as_dict()))
    command = [sys.executable, CODE / "train.py", "--tokens", tokens, "--run", run, "--config", run / "sizes.json"]
    command += ["--threads", "1", "--float32", "--length", "48", "--warmup", "5", "--text-rows", "4", *more]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return torch.load(run / "checkpoint.pt", weights_only=False)


def test_a_tiny_text_is_learned_by_heart(tokens_folder, tmp_path):
    begun = time.monotonic()
    options = ["--steps", "300", "--anneal", "100", "--puzzle-rows", "0", "--rate", "1e-2", "--muon-rate", "1e-2"]
    train(tokens_folder, tmp_path / "run", *options)
    last = json.loads((tmp_path / "run" / "log.jsonl").read_text().splitlines()[-1])
    assert max(last["text"]) < 0.3
    assert time.monotonic() - begun < 120


def test_resuming_gives_the_same_weights(tokens_folder, tmp_path):
    options = ["--anneal", "4", "--puzzle-rows", "2"]
    whole = train(tokens_folder, tmp_path / "whole", "--steps", "8", *options)
    part = train(tokens_folder, tmp_path / "parts", "--steps", "8", "--seconds", "0", *options)
    assert part["step"] == 1
    parts = train(tokens_folder, tmp_path / "parts", "--steps", "8", *options)
    assert whole["step"] == parts["step"] == 8 and whole["tokens"] == parts["tokens"]
    for name, value in whole["model"].items():
        assert torch.equal(value, parts["model"][name]), name


def test_held_out_text_is_refused(tokens_folder, tmp_path):
    for file in tokens_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    mix = {"main": {"held_out_short": 1.0}, "anneal": {"page": 1.0}}
    (tmp_path / "mix.json").write_text(json.dumps(mix))
    with pytest.raises(ValueError, match="held-out"):
        TextSource(tmp_path, 32, 0)


def test_half_of_the_windows_begin_a_document(tokens_folder):
    source = TextSource(tokens_folder, 32, 0)
    part = source.batch(200, annealing=False)
    assert part.inputs.shape == part.targets.shape == (200, 32)
    assert torch.equal(part.inputs[:, 1:], part.targets[:, :-1])
    assert 0.4 < (part.inputs[:, 0] == source.begin).float().mean() < 0.7


def test_schedule():
    schedule = Schedule(steps=100, anneal=40, warmup=10)
    assert schedule.scale(0) == pytest.approx(0.1) and schedule.scale(30) == 1.0
    assert not schedule.annealing(59) and schedule.annealing(60)
    assert schedule.scale(80) == pytest.approx(0.5) and schedule.scale(99) == pytest.approx(0.025)


def test_levels_rise_with_right_answers_only():
    curriculum = Curriculum()
    start = curriculum.cap["chain"]
    for _ in range(200):
        curriculum.record("chain", start, False)
        curriculum.record("chain", start - 1, True)
    assert curriculum.cap["chain"] == start
    for _ in range(60):
        curriculum.record("chain", start, True)
    assert curriculum.cap["chain"] == start + 1


def test_a_stuck_level_gives_way_to_the_one_below():
    curriculum, rng = Curriculum(), random.Random(0)
    curriculum.cap["chain"] = 5
    stuck = [curriculum.draw(rng, "chain") for _ in range(400)]
    curriculum.right["chain"] = 0.5
    moving = [curriculum.draw(rng, "chain") for _ in range(400)]
    assert stuck.count(4) > 200 > 120 > stuck.count(5) > 0
    assert moving.count(5) > 200 and set(moving) == {1, 2, 3, 4, 5}


def test_export_round_trip(model, tokens_folder, tmp_path):
    export(model, tokens_folder, tmp_path, windows=4)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {
        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "generation_config.json",
        "calibration.json", "reference.safetensors", "reference_answers.json",
    }  # fmt: skip
    loaded = load_model(tmp_path)
    for name, value in stored_tensors(model).items():
        assert torch.equal(value, stored_tensors(loaded)[name]), name
    reference = load_file(tmp_path / "reference.safetensors")
    states = loaded.states(reference["input_ids"])
    assert torch.allclose(states[2], reference["hidden_state.3"], atol=1e-6)
    assert torch.allclose(loaded.finish(states[0]), reference["logits.depth_1"], atol=1e-5)
    assert len(json.loads((tmp_path / "calibration.json").read_text())["budgets"]) == 21
    answers = json.loads((tmp_path / "reference_answers.json").read_text())
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert answers[0]["text"] == tokenizer.decode(answers[0]["generated_ids"], skip_special_tokens=True)
    sizes = [row["bytes"] for row in measure(tmp_path, tokens_folder, windows=4).values()]
    assert sizes == sorted(sizes, reverse=True)


def test_more_recursions_start_from_the_last(model, tokens_folder, tmp_path):
    export(model, tokens_folder, tmp_path, windows=4)
    grown = load_model(tmp_path, recursions=4)
    ids = torch.randint(0, TINY.vocab_size, (1, 9))
    for one, other in zip(load_model(tmp_path).states(ids), grown.states(ids)):
        assert torch.equal(one, other)
    assert len(grown.states(ids)) == 4


def test_block_rounding():
    weight = torch.randn(8, 64)
    for bits, allowed in ((8, 0.01), (4, 0.2)):
        error = (round_to_blocks(weight, bits) - weight).abs().max() / weight.abs().max()
        assert error < allowed
