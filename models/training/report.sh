#!/usr/bin/env bash
# Everything after training in one command: export, calibrate, evaluate, quantise, write the card.
#
#   report.sh RUN TOKENS FOLDER RESULTS CORPUS [OLD_FOLDER]
#
# RUN      folder of train.py; TOKENS: folder of prepare.py; FOLDER: the model folder to write
# RESULTS  folder for the measurements; CORPUS: the corpus folder (for its table of sources)
# OLD_FOLDER  a model to compare with, only read; measured once, into RESULTS/old
#
# Environment: WINDOWS (300) of 256 tokens for losses (an eighth of it for quantisation), COUNT (100) puzzles of each
# kind and number of steps.
set -euo pipefail
export OMP_WAIT_POLICY=PASSIVE # waiting threads leave the processor to others
code=$(cd "$(dirname "$0")" && pwd)
run=$1 tokens=$2 folder=$3 results=$4 corpus=$5 old=${6:-}
windows=${WINDOWS:-300} count=${COUNT:-100}

measure() { # MODEL RESULTS [--stored-curve]
  mkdir -p "$2"
  python3 "$code/evaluate.py" --model "$1" --tokens "$tokens" --windows "$windows" ${3:-} --json "$2/evaluate.json"
  python3 "$code/evaluate_puzzles.py" --model "$1" --count "$count" --json "$2/puzzles.json"
  python3 "$code/quantise.py" --model "$1" --tokens "$tokens" --windows $(((windows + 7) / 8)) --json "$2/quantise.json"
}

python3 "$code/export.py" --run "$run" --tokens "$tokens" --out "$folder" --windows "$windows"
measure "$folder" "$results" --stored-curve
if [ -n "$old" ] && [ ! -f "$results/old/quantise.json" ]; then
  measure "$old" "$results/old"
fi
comparisons=()
for each in "$results"/*/evaluate.json; do
  [ ! -f "$each" ] || comparisons+=(--old "$(dirname "$each")")
done
python3 "$code/card.py" --model "$folder" --run "$run" --results "$results" --corpus "$corpus" \
  --windows "$windows" --count "$count" "${comparisons[@]}"
