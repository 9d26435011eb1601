"""The commands from corpus to card, on a tiny corpus: all.sh, and the leg on a GPU (here without one)."""

import json
import lzma
import os
import subprocess
from pathlib import Path

import pytest

from card import comparison_section, load_results
from starters import GREETING, solve

CODE = Path(__file__).resolve().parent.parent
SIZES = {
    "vocab_size": 512, "hidden_size": 32, "num_heads": 2, "num_kv_heads": 1, "head_dim": 16, "intermediate_size": 64,
    "block_layers": 1, "num_recursions": 3, "max_position": 1024, "router_hidden": 8,
}  # fmt: skip
QUIET = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
SOURCES = "| source | licence |\n|---|---|\n| nobody | none |\n"


def write(path: Path, text: str) -> None:
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A few hundred short chats, long chats and stories in the corpus' format."""
    folder = tmp_path_factory.mktemp("corpus")

    def chats(count: int) -> str:
        talk = [{"role": "user", "content": "Who sings?"}, {"role": "assistant", "content": "The bird sings at dawn."}]
        sources = "somebody/short", "openai/grade-school-math"
        return "".join(json.dumps({"source": s, "messages": talk}) + "\n" for _ in range(count) for s in sources)

    def stories(count: int) -> str:
        return "Once a fox met a bird that sang in the tree all day long.\n<|endofdoc|>\n" * count

    write(folder / "chat.jsonl.xz", chats(300))
    write(folder / "stories.txt.xz", stories(300))
    write(folder / "encyclopedia.txt.xz", stories(300))
    write(folder / "eval.jsonl.xz", chats(300) + '{"source": "x", "text": "A fox met a bird."}\n' * 300)
    (folder / "README.md").write_text(f"# x\n\n## chat.jsonl sources\n{SOURCES}\n## stories.txt sources\n{SOURCES}\n")
    (folder / "sizes.json").write_text(json.dumps(SIZES))
    return folder


def script(name: str, *arguments, **environment: str) -> None:
    subprocess.run([CODE / name, *map(str, arguments)], check=True, env={**os.environ, **QUIET, **environment})


def test_all(corpus, tmp_path):
    steps = {"STEPS": "4", "ANNEAL": "2", "LAST": "2"}
    small = {"CONFIG": str(corpus / "sizes.json"), **steps, "WINDOWS": "6", "COUNT": "2"}
    options = "--length 48 --text-rows 2 --puzzle-rows 2 --threads 1 --float32"
    script("all.sh", corpus, tmp_path, **small, EXTRA=options)
    model = tmp_path / "model"
    card = (model / "README.md").read_text()
    assert "6 steps" in card and "| nobody | none |" in card
    results = load_results(tmp_path / "results")
    assert comparison_section(results, {"old": results}).startswith("| | old | this model |\n|---|---|---|\n| short")
    assert json.loads((model / "starters.json").read_text())[-1] == GREETING
    assert json.loads((tmp_path / "run" / "training.json").read_text())["steps"] == 6


def test_leg_on_a_gpu(corpus, tmp_path):
    small = {"CONFIG": str(corpus / "sizes.json"), "TEXT_ROWS": "2", "PUZZLE_ROWS": "2", "LENGTH": "48"}
    for _ in range(2):
        script("gpu.sh", corpus, tmp_path, 0, 100000, 2, **small, WINDOWS="6", COUNT="2")
    script("gpu.sh", corpus, tmp_path, 0, 100000, 2, "export", tmp_path / "out", **small, WINDOWS="6", COUNT="2")
    whole = b"".join(piece.read_bytes() for piece in sorted((tmp_path / "out").glob("model.tar.*")))
    files = subprocess.run(["tar", "-tf", "-"], input=whole, capture_output=True, check=True).stdout.decode()
    assert "./model.safetensors" in files and "./puzzles.json" in files


def test_starters_are_solved():
    asked = "Behind Tim is Dan. Behind Dan is Matt. Behind Matt is John. Who is three behind Tim?"
    assert solve(asked) == "Three behind Tim is John."
    asked = "The boss of Jane is Mary. The boss of Mary is Lee. Who is the boss of the boss of Jane?"
    assert solve(asked) == "The boss of the boss of Jane is Lee."
    assert solve("Hello there. How are you?") is None
