#!/usr/bin/env bash
# One leg of training the large configuration on a lent GPU. Legs follow each other on the same warm machine and
# resume from WORK; each stays below ten minutes.
#
#   gpu.sh CORPUS WORK SECONDS STEPS ANNEAL [export OUT]
#
# CORPUS   folder with chat.jsonl.xz, stories.txt.xz, encyclopedia.txt.xz and eval.jsonl.xz
# WORK     folder that outlives the leg
# SECONDS  of this leg (480 leaves room for the start and the transfer)
# STEPS, ANNEAL  of the whole run; set them again once the first leg has shown the speed
# With "export OUT" the leg ends with the model folder as OUT/model.tar.* in pieces below 16 MiB:
#   cat model.tar.* | tar -xf - -C FOLDER
#
# Environment: CONFIG (large.json), TEXT_ROWS (64), PUZZLE_ROWS (64), LENGTH (1024), EXTRA (further train.py options);
# WINDOWS (300) and COUNT (100), which the last leg measures with.
set -euo pipefail
code=$(cd "$(dirname "$0")" && pwd)
corpus=$1 work=$2 seconds=$3 steps=$4 anneal=$5
shift 5
config=${CONFIG:-$code/large.json}
mkdir -p "$work"
export PYTHONUNBUFFERED=1

entries=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["vocab_size"])' "$config")
if [ ! -f "$work/tokens/mix.json" ]; then
  python3 "$code/prepare.py" --corpus "$corpus" --train-tokenizer "$entries" --encyclopedia --out "$work/tokens"
fi

leg() {
  # shellcheck disable=SC2086  # EXTRA is a list of options
  python3 "$code/train.py" --tokens "$work/tokens" --run "$work/run" --config "$config" \
    --seconds "$seconds" --steps "$steps" --anneal "$anneal" --warmup 200 --rate 3e-3 --muon-rate 2e-3 \
    --text-rows "${TEXT_ROWS:-64}" --puzzle-rows "${PUZZLE_ROWS:-64}" --length "${LENGTH:-1024}" ${EXTRA:-} "$@"
}
leg

if [ "${1:-}" = export ]; then
  python3 "$code/export.py" --run "$work/run" --tokens "$work/tokens" --out "$work/model" --windows "${WINDOWS:-300}"
  python3 "$code/evaluate_puzzles.py" --model "$work/model" --count "${COUNT:-100}" --json "$work/model/puzzles.json"
  mkdir -p "$2"
  tar -C "$work/model" -cf - . | split -b 15M - "$2/model.tar."
fi
