"""Multiple-choice and last-word tasks as token arrays (bench.npz) -> JSON lines for `npm run bench -- tasks FILE`.

python questions.py BENCH.npz OUT.jsonl [COUNT a task, 200]

A line: {"task", "label", "choices": [[ids of context and choice, ...]], "starts": [place of the choice's first token]}
"""
import json
import sys
from pathlib import Path

import numpy as np


def questions(archive, count):
    """Yields the first `count` questions of every task, in the archive's order."""
    length = archive["ids"].shape[1]
    mask = np.unpackbits(archive["mask"], axis=1)[:, :length].astype(bool)
    seen = {}
    for question, (task, label) in enumerate(zip(archive["names"], archive["label"])):
        if seen.get(task, 0) == count:
            continue
        seen[task] = seen.get(task, 0) + 1
        rows = np.flatnonzero(archive["group"] == question)
        starts = [int(np.flatnonzero(mask[row])[0]) for row in rows]
        ends = [int(np.flatnonzero(mask[row])[-1]) + 1 for row in rows]
        choices = [archive["ids"][row, :end].tolist() for row, end in zip(rows, ends)]
        yield {"task": str(task), "label": int(label), "choices": choices, "starts": starts}


def main():
    source, target = map(Path, sys.argv[1:3])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    with np.load(source) as archive:
        lines = [json.dumps(question) for question in questions(dict(archive), count)]
    target.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
