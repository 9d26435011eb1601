#!/bin/bash
# bash leg.sh FOLDER [BYTES]: all that a run on a GPU machine without a network needs, in parts of at most BYTES
# (60,000,000): FOLDER/1, FOLDER/2, ... README.md, "A leg on a GPU", says what to call there. Five minutes.
# DENSE: a Hugging Face folder (else SmolLM2 from its package); ROWS: rows of puzzles, tasks and held-out text; CORPUS;
# PYTHON: one with requirements.txt; SITE: the packages to bring along, a list that may be empty.
set -e
here=$(cd "$(dirname "$0")" && pwd); part=${2:-60000000}; python=${PYTHON:-python3}
ROWS=${ROWS:-$here/../../../shared/training/rows}; CORPUS=${CORPUS:-$here/../../../shared/data}
mkdir -p "$1"; cd "$1"; rm -rf leg leg.tar part.* [0-9]
mkdir -p leg/x leg/site leg/hf leg/d leg/w leg/t  # code, packages, config and tokenizer, small rows, weights, rows of text
cp "$here"/*.py "$here"/go.sh leg/x/
if [ -n "$DENSE" ]; then cp "$DENSE"/*.safetensors leg/w/; else
  $python "$here"/smollm2.py . --only-hf; DENSE=hf; cp smollm2-q4_1.gguf leg/w/; fi
cp "$DENSE"/*.json leg/hf/
cp "$ROWS"/{held,puzzle_eval}.npz "$ROWS"/{puzzles,puzzle_mask}.xz leg/d/
[ ! -e "$ROWS"/bench.npz ] || cp "$ROWS"/bench.npz leg/d/
for package in ${SITE-safetensors tokenizers gguf pyyaml}; do
  $python -m pip install -q --no-deps --target leg/site "$package"; done
$python "$here"/prepare.py --only text --corpus "$CORPUS" --dense "$DENSE" --out leg/t
tar cf leg.tar -C leg x site hf d w t
split -b "$part" -d -a 1 leg.tar part.
for file in part.*; do n=$((${file#part.} + 1)); mkdir $n; mv "$file" $n/; cp "$here"/go.sh $n/; done
rm -rf leg leg.tar; du -sb [0-9]
