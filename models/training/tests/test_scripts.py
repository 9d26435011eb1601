"""The leg on a GPU machine, here without one: packed in parts, carried, tried, run, brought back."""

import json
import os
import subprocess
import sys

from conftest import CODE

OPTIONS = "--form exits --first 1 --block 1 --recursions 3 --last 2 --tokens 64 --rows 4 --router 16 --threads 1"


def bash(settings: dict[str, str], script, *arguments) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **settings}
    command = ["bash", *map(str, (script, *arguments))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_leg(hf, data, corpus, tmp_path):
    parts, there, back = tmp_path / "parts", tmp_path / "there", tmp_path / "back"
    back.mkdir()
    own = {"DENSE": str(hf), "ROWS": str(data), "CORPUS": str(corpus), "PYTHON": sys.executable, "SITE": ""}
    bash(own, CODE / "leg.sh", parts, 150_000)
    folders = sorted(path for path in parts.iterdir() if path.is_dir() and path.name.isdigit())
    assert len(folders) > 1 and all(sum(f.stat().st_size for f in folder.iterdir()) < 155_000 for folder in folders)

    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (bin / "python3").chmod(0o755)
    machine = {"LEG": str(there), "OUT": str(back), "PATH": f"{bin}:{os.environ['PATH']}"}
    machine |= {
        "SMOKE_ARGS": f"{OPTIONS} --seconds 1",
        "TRAIN_ARGS": f"{OPTIONS} --steps 4",
        "EVAL_ARGS": "--rows 4",
        "PIECE": "40000",
        "LOOK": "1",
    }

    def go(folder, *arguments):
        return bash(machine, folder / "go.sh", *arguments)

    go(folders[0], "first")
    for folder in folders[1:]:
        go(folder, "more")
    go(there / "x", "train", "60")
    said = go(there / "x", "wait")
    assert said.rstrip().endswith("\n0"), said
    smoke = (there / "smoke.log").read_text()
    assert "every shape compiled" in smoke and "uniform" in smoke and "Traceback" not in smoke
    pieces = len(list((there / "out").glob("model.?")))
    assert pieces > 4
    go(there / "x", "get", *map(str, range(4, pieces)))
    whole = b"".join(piece.read_bytes() for piece in sorted(back.glob("model.?")))
    model = tmp_path / "model"
    model.mkdir()
    subprocess.run(["tar", "x", "-C", model], input=whole, check=True)
    assert json.loads((back / "eval.json").read_text())["meta"]["steps"] == 4
    assert {"config.json", "calibration.json", "tokenizer.json", "training-log.jsonl"} <= {
        f.name for f in model.iterdir()
    }
