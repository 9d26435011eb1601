"""A draft of a model folder's README from its own files: what it is, what was measured, how it was made.

python card.py MODEL          writes MODEL/README.md; read it, and add what only a person can say
"""

import argparse
import json
from pathlib import Path

TASKS = {"arc_easy": "ARC-easy", "piqa": "PIQA", "openbook_qa": "OpenBookQA", "lambada": "LAMBADA"}
SHOWN = ("0", "0.25", "0.5", "1")


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def measured(result: dict) -> str:
    """Losses and tasks by budget, the teacher's first."""
    curve = {str(float(row["budget"])): row for row in result["curve"]}
    rows = []
    for name, field in (("held-out chats and texts, nats a token", "router"), ("the same, routed at random", "random")):
        teacher = f"{result['teacher']:.3f}" if field == "router" and "teacher" in result else ""
        rows.append([name, teacher, *(f"{curve[str(float(budget))][field]:.3f}" for budget in SHOWN)])
    bench = result.get("bench", {})
    for task, name in TASKS.items():
        if task in bench.get("budget 0", {}):
            teacher = f"{100 * bench['teacher'][task]:.1f}" if "teacher" in bench else ""
            rows.append([name, teacher, *(f"{100 * bench[f'budget {budget}'][task]:.1f}" for budget in SHOWN)])
    return table(["", "teacher", *(f"budget {round(100 * float(budget))}" for budget in SHOWN)], rows)


def puzzles(result: dict) -> str:
    """Share of held-out puzzles answered rightly, by kind and steps, with the mean depth of the answers."""
    rows = []
    for name, budgets in result.get("puzzles", {}).items():
        rows.append([name, *(f"{100 * budgets[b][0]:.0f} % ({budgets[b][1]:.1f})" for b in SHOWN)])
    return table(["puzzle, steps", *(f"budget {round(100 * float(budget))}" for budget in SHOWN)], rows) if rows else ""


def made(config: dict, meta: dict) -> str:
    tied = config["sharing"] == "middle_cycle"
    first, block, last = (config[f"num_{part}_layers"] for part in ("first", "block", "last"))
    recursions = config["num_recursions"]
    form = (
        "one block, its keys and values shared by all recursions" if tied else "every recursion with layers of its own"
    )
    bits = 4 if config["quantization_config"]["format"] == "mixed-precision" else 8
    lines = [
        f"{first} first layers | {block} x {recursions} recursions ({form}) | {last} last layers;",
        f"{first + block + last} to {first + block * recursions + last} layers deep. Stored in {bits} bits"
        + (", trained onto them." if "bits" in meta else "."),
    ]
    if meta:
        millions = meta["tokens"] / 1e6
        lines.append(f"{meta['steps']} steps, {millions:.0f} M tokens, {meta['seconds']} s on {meta['device']},")
        lines.append("the original as teacher; code: `models/training`.")
    return "\n".join(lines)


def card(config: dict, result: dict) -> str:
    base, license = config.get("base_model", "a dense Llama"), config.get("license", "see the original's")
    parts = [
        f"# {config['name']}: {base}, with depth that is routed",
        made(config, result.get("meta", {})),
        "## Measured",
        measured(result),
        puzzles(result),
        f"## Licence\n{license}, as {base}; credit both, and the sources of the corpus as its README asks.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    folder = parser.parse_args().model
    config, result = (json.loads((folder / name).read_text()) for name in ("config.json", "eval.json"))
    (folder / "README.md").write_text(card(config, result))


if __name__ == "__main__":
    main()
