#!/usr/bin/env bash
# Everything after training in one command: export, calibrate, evaluate, quantise, write the card.
#
#   report.sh RUN TOKENS FOLDER RESULTS CORPUS [OLD_FOLDER]
#
# RUN      folder of train.py; TOKENS: folder of prepare.py; FOLDER: the model folder to write
# RESULTS  folder for the measurements; CORPUS: the corpus folder (for its table of sources)
# OLD_FOLDER  a model to compare with; it is only read
set -euo pipefail
code=$(cd "$(dirname "$0")" && pwd)
run=$1 tokens=$2 folder=$3 results=$4 corpus=$5 old=${6:-}

measure() { # MODEL RESULTS [--stored-curve]
  mkdir -p "$2"
  python3 "$code/evaluate.py" --model "$1" --tokens "$tokens" ${3:-} --json "$2/evaluate.json"
  python3 "$code/evaluate_puzzles.py" --model "$1" --json "$2/puzzles.json"
  python3 "$code/quantise.py" --model "$1" --tokens "$tokens" --json "$2/quantise.json"
}

python3 "$code/export.py" --run "$run" --tokens "$tokens" --out "$folder"
measure "$folder" "$results" --stored-curve
if [ -n "$old" ]; then
  measure "$old" "$results/old"
  set -- --old "$results/old"
else
  set --
fi
python3 "$code/card.py" --model "$folder" --run "$run" --results "$results" --corpus "$corpus" "$@"
