#!/usr/bin/env bash
# A fresh model in one command: tokens and a tokenizer from the corpus, training from random weights in fixed phases,
# export, measurements, card. Started again, it goes on where it was stopped.
#
#   all.sh CORPUS WORK [OLD_FOLDER]
#
# CORPUS   folder with chat.jsonl.xz, stories.txt.xz, eval.jsonl.xz and README.md
# WORK     folder outside the repository; the model will be WORK/model
# OLD_FOLDER  a model to compare with; it is only read
#
# Environment: CONFIG (small.json), STEPS (15000), ANNEAL (5000: the last of them, at a falling rate, nearly all chat),
# LAST (800 more steps that order the exits), EXTRA (further train.py options); WINDOWS and COUNT as for report.sh.
set -euo pipefail
export OMP_WAIT_POLICY=PASSIVE # waiting threads leave the processor to others
code=$(cd "$(dirname "$0")" && pwd)
corpus=$1 work=$2 old=${3:-}
config=${CONFIG:-$code/small.json}
mkdir -p "$work"

entries=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["vocab_size"])' "$config")
if [ ! -f "$work/tokens/mix.json" ]; then
  python3 "$code/prepare.py" --corpus "$corpus" --train-tokenizer "$entries" --out "$work/tokens"
fi
steps=${STEPS:-15000} last=${LAST:-800}
phase() { # STEPS ANNEAL OPTIONS: train.py goes on from the checkpoint, or does nothing where STEPS are done
  # shellcheck disable=SC2086  # EXTRA is a list of options
  python3 "$code/train.py" --tokens "$work/tokens" --run "$work/run" --config "$config" \
    --steps "$1" --anneal "$2" ${EXTRA:-} "${@:3}"
}
phase "$steps" "${ANNEAL:-5000}"
# the rate falls once more, from a fifth, while no exit may stay behind the one before it
phase $((steps + last)) $((5 * last)) --falling-weight 10 --full-share 0.5 --text-probe 0.375
"$code/report.sh" "$work/run" "$work/tokens" "$work/model" "$work/results" "$corpus" "$old"
python3 "$code/starters.py" --model "$work/model"
