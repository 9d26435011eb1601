"""Training: it learns, it goes on to the same bits, and its folder is what the app reads."""

import json
import math
import random
import signal
import subprocess
import sys
import time

import pytest
import torch
from conftest import CODE, call
from safetensors.torch import load_file

from batches import Plan
from folder import read_model
from layers import move, settle
from model import Elastic
from objective import draw_counts
from shape import Refused, shape_of

TINY = ("--tokens", "128", "--rows", "8", "--router", "16", "--threads", "1", "--chunk", "100", "--grid-from", "0.4")
FORMS = {
    "tied": ("--form", "tied", "--first", "1", "--block", "2", "--recursions", "3", "--last", "2", "--bits", "8"),
    "exits": ("--form", "exits", "--first", "1", "--block", "1", "--recursions", "3", "--last", "2", "--bits", "4"),
}


def command(hf, data, run, form, steps, *more):
    return ("train.py", "--dense", hf, "--data", data, "--run", run, *FORMS[form], *TINY, "--steps", steps, *more)


@pytest.fixture(scope="module", params=["tied", "exits"])
def trained(request, hf, data, tmp_path_factory):
    """A run of 24 steps, exported, measured and recorded. -> form, run, model folder"""
    run = tmp_path_factory.mktemp(request.param)
    call(*command(hf, data, run, request.param, 24, "--rate", "3e-3"))
    model = run / "model"
    call("export.py", "--run", run, "--dense", hf, "--out", model, "--name", "Tiny", "--base", "someone/tiny")
    call("evaluate.py", model, "--data", data, "--dense", hf, "--rows", 8, "--threads", 1)
    call("record.py", model)
    call("card.py", model)
    return request.param, run, model


def test_it_learns(trained):
    _, run, _ = trained
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == list(range(1, 25))
    early, late = log[1:6], log[-5:]
    for name in ("kl_routed", "kl_exit_1", "kl_exit_2", "puzzles_full"):
        assert sum(line[name] for line in late) < 0.9 * sum(line[name] for line in early), name
    if trained[0] == "exits":
        assert log[0]["kl_full"] < 1e-3  # at full depth it begins as the dense model


@pytest.mark.parametrize("form", ["tied", "exits"])
def test_going_on_gives_the_same_bits(hf, data, tmp_path, form):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    program = [sys.executable, str(CODE / "train.py"), *map(str, command(hf, data, parts, form, 16)[1:])]
    started = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    while not (parts / "log.jsonl").exists() or len((parts / "log.jsonl").read_text().splitlines()) < 3:
        assert started.poll() is None
        time.sleep(0.02)
    started.send_signal(signal.SIGTERM)
    assert "stopped" in started.communicate()[0] and started.returncode == 0
    stopped = torch.load(parts / "checkpoint.pt", weights_only=True)["step"]
    assert 3 <= stopped < 16
    call(*command(hf, data, parts, form, 16))
    call(*command(hf, data, whole, form, 16))
    one, other = (torch.load(run / "checkpoint.pt", weights_only=True) for run in (whole, parts))
    assert one["step"] == other["step"] == 16 and one["batches"] == other["batches"]
    assert all(torch.equal(one["model"][name], other["model"][name]) for name in one["model"])
    logs = [[json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()] for run in (whole, parts)]
    assert [line["step"] for line in logs[1]] == list(range(1, 17))
    assert [line["kl_routed"] for line in logs[0]] == [line["kl_routed"] for line in logs[1]]


def test_the_folder(trained, hf):
    form, run, model = trained
    config = json.loads((model / "config.json").read_text())
    assert (config["sharing"], config["kv_sharing"]) == {
        "tied": ("middle_cycle", "recursive"),
        "exits": ("none", "none"),
    }[form]
    assert config["name"] == "Tiny" and config["license"] == "apache-2.0" and config["eos_token_id"] == [2, 0]
    groups = config["quantization_config"]["config_groups"]
    stored = load_file(model / "model-00001-of-00001.safetensors")
    index = json.loads((model / "model.safetensors.index.json").read_text())
    assert set(index["weight_map"]) == set(stored)
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in stored.values())
    kinds = {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in stored.items()}
    assert kinds["model.embed_tokens.weight"] == (torch.int8, (384, 64))
    assert kinds["model.embed_tokens.weight_scale"] == (torch.float16, (384, 2))
    assert kinds["model.routers.0.fc1.weight"] == (torch.float32, (16, 64))
    assert kinds["model.routers.1.fc2.bias"] == (torch.float32, (1,))
    assert kinds["model.norm.weight"] == kinds["model.first_layers.0.input_layernorm.weight"] == (torch.float32, (64,))
    if form == "tied":
        assert kinds["model.block.1.input_layernorm.weight"] == (torch.float32, (3, 64))
        assert kinds["model.block.1.mlp.down_proj.weight"] == (torch.int8, (64, 128))
        assert kinds["model.block.1.mlp.down_proj.weight_scale"] == (torch.float16, (64, 4))
        assert list(groups) == ["group_0"] and groups["group_0"]["targets"] == ["Linear", "Embedding"]
    else:
        assert kinds["model.stages.2.0.input_layernorm.weight"] == (torch.float32, (64,))
        down = "model.stages.2.0.mlp.down_proj"
        assert kinds[f"{down}.weight_packed"] == (torch.int32, (64, 16)) and f"{down}.weight" not in kinds
        assert kinds[f"{down}.weight_scale"] == (torch.float16, (64, 2))
        assert stored[f"{down}.weight_shape"].tolist() == [64, 128]
        assert groups["group_1"]["weights"] | {"num_bits": 4, "group_size": 64} == groups["group_1"]["weights"]
    assert "Depthwise" in json.loads((model / "tokenizer_config.json").read_text())["chat_template"] or form
    assert (model / "README.md").read_text().startswith("# Tiny: someone/tiny")


def test_the_folder_holds_what_was_trained(trained):
    """The last steps used weights on the grid: those that are stored, to the last bit."""
    form, run, model = trained
    settled = read_model(model)
    raw = torch.load(run / "checkpoint.pt", weights_only=True)["model"]
    trained_model = Elastic(shape_of(json.loads((model / "config.json").read_text())))
    trained_model.load_state_dict(raw)
    bits = {"tied": 8, "exits": 4}[form]
    move(trained_model, bits, torch.ones(()))
    ids = torch.randint(384, (2, 40))
    with torch.no_grad():
        used = trained_model.tail(trained_model.begin(ids)[0])
        torch.testing.assert_close(settled.tail(settled.begin(ids)[0]), used, rtol=1e-5, atol=1e-5)
    settle(trained_model, bits)
    state = settled.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in trained_model.state_dict().items())


def test_the_recording(trained):
    _, _, folder = trained
    model, recorded = read_model(folder), load_file(folder / "reference.safetensors")
    x, written = model.begin(recorded["input_ids"])
    assert recorded["input_ids"].shape == (2, 88) and recorded["logits.depth_3"].shape == (2, 4, 384)
    for r, state in enumerate(model.deep(x, written), 1):
        torch.testing.assert_close(state, recorded[f"hidden_state.{r}"])
    answers = json.loads((folder / "reference_answers.json").read_text())
    assert len(answers) == 12 and all(set(a["depths"]) == {1} for a in answers if a["budget"] == 0)
    assert all(set(a["depths"]) == {3} for a in answers if a["budget"] == 1)


def test_what_was_measured(trained, hf):
    _, run, folder = trained
    result = json.loads((folder / "eval.json").read_text())
    rows = json.loads((folder / "calibration.json").read_text())["budgets"]
    assert [row["budget"] for row in rows] == [i / 20 for i in range(21)]
    for row in rows:
        assert all((t is None) == (c in (0, 1)) for t, c in zip(row["thresholds"], row["capacities"]))
    assert rows[0]["realised"] == 0 and rows[-1]["realised"] == 1 and 0.2 < rows[10]["realised"] < 0.8
    assert result["curve"][0]["router"] == pytest.approx(result["uniform"][0], abs=1e-4)
    assert result["curve"][-1]["router"] == pytest.approx(result["uniform"][-1], abs=1e-4)
    assert result["meta"]["steps"] == 24 and math.isfinite(result["teacher"])
    assert (
        set(result["bench"]["budget 0.5"])
        == set(result["bench"]["teacher"])
        == {"arc_easy", "piqa", "openbook_qa", "lambada"}
    )
    assert set(result["puzzles"]["where 1"]) == {"0", "0.25", "0.5", "1"}


def test_counts_fall():
    draw = random.Random(1)
    for _ in range(200):
        counts = draw_counts(4, 1024, draw)
        assert counts == sorted(counts, reverse=True) and counts[-1] >= 128 and counts[0] <= 896


@pytest.mark.parametrize("rows", [4, 8, 32, 64])
def test_plans_fit(rows):
    plan = Plan(rows)
    assert 0 <= plan.probed.start < plan.full_texts < plan.probed.stop <= plan.full < rows


def test_refuses_rows_that_no_grid_holds(hf, data, tmp_path):
    folder = tmp_path / "hf"
    folder.mkdir()
    config = json.loads((hf / "config.json").read_text()) | {"intermediate_size": 96}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(Refused, match="down_proj has rows of 96 values; 4 bits need a multiple of 64"):
        call(*command(folder, data, tmp_path, "exits", 1), "--smoke")


def test_places(hf, data):
    said = call("places.py", "--dense", hf, "--data", data, "--block", 2, "--keep", 5, "--rows", 4).splitlines()
    assert said[0].startswith("uncut") and len(said) == 3 and "--first" in said[1]
