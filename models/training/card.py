"""The model card: README.md of a model folder, from its files and the measurements of the other scripts.

python card.py --model FOLDER --run DIR/run --results DIR/results --corpus ../shared/data [--old DIR/results/old ...]

RESULTS holds evaluate.json, puzzles.json and quantise.json (the --json of evaluate.py, evaluate_puzzles.py and
quantise.py). `report.sh` makes all of it in one command.
"""

import argparse
import json
from pathlib import Path

import torch
from tokenizers import Tokenizer

import evaluate
import quantise
from evaluate_puzzles import markdown as puzzle_markdown
from evaluate_puzzles import share_right
from folder import load_model
from generate import answer, budget_thresholds

SAMPLE_QUESTIONS = (
    "Hello! How are you?",
    "What is your favorite color?",
    "Do you like music?",
    "Tell me a joke.",
    "What is a volcano?",
    "Can you help me?",
    "I am sad today.",
    "Who was Albert Einstein?",
    "The boss of Mary is Tom. The boss of Ben is Mary. The boss of Tom is Jane. Who is the boss of the boss of Ben?",
    "Say this list backwards: cat, tree, moon, fish",
)
SAMPLE_BUDGETS = (0.2, 1.0)
PUZZLE_BUDGETS = (0.0, 0.25, 0.5, 0.75, 1.0)

LIMITS = """It knows almost no facts and makes them up fluently; do not believe a name, number or date. It loses the
thread after a few turns, cannot write code, cannot reckon beyond the sums in its puzzles, does not follow
instructions about form or length, and speaks English only. It has had no safety training. The puzzles are right
only in the wording that it was trained on."""


def load_results(folder: Path) -> dict:
    """The three measurements; puzzle tables get their numbers back, which JSON turned into strings."""
    results = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("evaluate", "quantise")}
    raw = json.loads((folder / "puzzles.json").read_text())
    results["puzzles"] = {
        kind: {int(level): {float(b): cell for b, cell in cells.items()} for level, cells in levels.items()}
        for kind, levels in raw.items()
    }
    return results


def size_section(folder: Path, run: Path) -> str:
    """Parameters, bytes, training tokens and time."""
    config = json.loads((folder / "config.json").read_text())
    count = sum(parameter.numel() for parameter in load_model(folder).parameters())
    weights = (folder / "model.safetensors").stat().st_size
    whole = sum(file.stat().st_size for file in folder.iterdir() if file.name != "README.md")
    trained = json.loads((run / "training.json").read_text())
    return f"""## Size and training
{count / 1e6:.2f} M parameters stored; first layer, a shared block of {config["num_block_layers"]} layers applied up to
{config["num_recursions"]} times, last layer; hidden size {config["hidden_size"]}, vocabulary {config["vocab_size"]}.
Weights {weights / 1e6:.1f} MB, the folder {whole / 1e6:.1f} MB.

{trained["description"]} {trained["tokens"] / 1e6:.1f} M tokens in {trained["steps"]} steps,
{trained["seconds"] / 60:.0f} minutes on {trained["machine"]}."""


def goals_section(found: dict, table: dict) -> str:
    """The goals and by how much each is missed."""
    gap = 100 * (share_right(table, 1.0, 3) - share_right(table, 0.0, 3))
    chain = 100 * (share_right(table, 1.0, 3, ["chain"]) - share_right(table, 0.0, 3, ["chain"]))
    verdict = {True: "reached", False: "missed"}
    return "\n".join([
        "| goal | measured | |",
        "|---|---|---|",
        f"| loss strictly falling with the budget | largest rise between neighbours {found['largest_rise']:.4f} "
        f"| {verdict[found['strictly_falling']]} |",
        f"| at half the budget at least 80% of the gain | {found['share_of_gain_at_half']:.0%} of "
        f"{found['gain_best_budget']:.4f} nats | {verdict[found['share_of_gain_at_half'] >= 0.8]} |",
        f"| better than random between 10 and 90 | smallest lead {found['smallest_lead_over_random']:.4f} nats "
        f"| {verdict[found['router_beats_random']]} |",
        f"| realised share within 5% | largest error {found['largest_budget_error']:.1%} "
        f"| {verdict[found['largest_budget_error'] <= 0.05]} |",
        f"| puzzles of three steps and more: 30 points more at 100 than at 0 | {gap:+.1f} points "
        f"(chain alone {chain:+.1f}) | {verdict[gap >= 30]} |",
    ])  # fmt: skip


def samples_section(folder: Path) -> str:
    """Ten exchanges, greedy and unedited, at two budgets, with the mean depth of the answer."""
    model = load_model(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    calibration = json.loads((folder / "calibration.json").read_text())
    lines = []
    for question in SAMPLE_QUESTIONS:
        lines.append(f"- **{question}**")
        for budget in SAMPLE_BUDGETS:
            limits = budget_thresholds(calibration, budget, model.config.num_recursions)
            result = answer(model, tokenizer, question, limits)
            depth = sum(result.depths) / len(result.depths)
            lines.append(f"  - {budget * 100:.0f} (depth {depth:.2f}): {json.dumps(result.text)}")
    return "\n".join(lines)


def comparison_section(results: dict, others: dict[str, dict]) -> str:
    """This model against others ({name: results}), by the same code on the same text."""
    columns = {**others, "this model": results}
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for budget in PUZZLE_BUDGETS:
        rows = (evaluate.calibration_row({"budgets": each["evaluate"]["curve"]}, budget) for each in columns.values())
        losses = " | ".join(f"{row['nll']:.4f}" for row in rows)
        lines.append(f"| short chats, loss at {budget * 100:.0f} | {losses} |")
    for name, label in (("held_out_long", "long chats"), ("held_out_text", "other text")):
        deepest = (each["evaluate"]["others"][name]["uniform"][-1] for each in columns.values())
        losses = " | ".join(f"{value:.4f}" for value in deepest)
        lines.append(f"| {label}, everybody at full depth | {losses} |")
    for budget in PUZZLE_BUDGETS:
        values = (share_right(each["puzzles"], budget) for each in columns.values())
        lines.append(f"| puzzles right at {budget * 100:.0f} | " + " | ".join(f"{v:.3f}" for v in values) + " |")
    return "\n".join(lines)


def data_section(corpus_folder: Path) -> str:
    """The tables of sources with licences, taken over from the corpus' own description."""
    sections = (corpus_folder / "README.md").read_text().split("\n## ")
    wanted = ("chat.jsonl sources", "stories.txt sources")
    rows = []
    for name in wanted:
        section = next(part for part in sections if part.startswith(name))
        rows += ["", *[line for line in section.splitlines() if line.startswith("|")]]
    return "\n".join(rows)


def card(model: Path, run: Path, results: dict, old: dict[str, dict], corpus_folder: Path, measured: str) -> str:
    """The whole README; `measured` is the environment of report.sh."""
    curve = results["evaluate"]["curve"]
    uniform = ", ".join(f"{value:.4f}" for value in results["evaluate"]["uniform"])
    parts = [
        "# The built-in model: a small elastic Mixture-of-Recursions",
        "English small talk and step-by-step puzzles. `config.json` has `model_type` `elastic_mor`; the forward "
        "pass is `models/families/elastic-mor.ts` for the app and `models/training/model.py` for training; "
        "`reference.safetensors` and `reference_answers.json` are what the latter computed.",
        size_section(model, run),
        "## Loss over budget\nHeld-out short chats never trained on; nats per token; thresholds from another half.\n",
        evaluate.markdown(curve),
        f"\nEverybody at depth 1..R: {uniform}.",
        "## Goals\n",
        goals_section(results["evaluate"]["goals"], results["puzzles"]),
        "## Puzzles\nShare of held-out puzzles right at each budget; in brackets the mean depth on the answer's "
        "tokens, then on the others. Whoever guesses among the names or places that occur is right in 10 to 50% of "
        "chain and where.\n",
        puzzle_markdown(results["puzzles"], list(PUZZLE_BUDGETS)),
        *(["## Against earlier models\n", comparison_section(results, old)] if old else []),
        "## Quantisation\nEmulated, blocks of 32 weights.\n",
        quantise.markdown(results["quantise"]),
        "## Ten exchanges\nGreedy, unedited.\n",
        samples_section(model),
        "## What it cannot do",
        LIMITS,
        "## Data\nChat and stories; credits of authors, books and single stories are in "
        "[CREDITS.md](CREDITS.md). Puzzles are written by `puzzles.py`, without a licence.\n",
        data_section(corpus_folder),
        "## Every figure by one command\n"
        f"`{measured} models/training/report.sh RUN TOKENS FOLDER RESULTS CORPUS`",
    ]
    return "\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="has training.json (written by train.py)")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--old", type=Path, action="append", default=[], help="results of an earlier model, so named")
    parser.add_argument("--windows", type=int, default=300, help="what the results were measured with")
    parser.add_argument("--count", type=int, default=100, help="likewise")
    args = parser.parse_args()
    torch.set_num_threads(2)
    old = {folder.name.replace("_", " "): load_results(folder) for folder in args.old}
    measured = f"WINDOWS={args.windows} COUNT={args.count}"
    text = card(args.model, args.run, load_results(args.results), old, args.corpus, measured)
    (args.model / "README.md").write_text(text)


if __name__ == "__main__":
    main()
