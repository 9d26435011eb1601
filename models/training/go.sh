#!/bin/bash
# On the GPU machine: bash go.sh first | more | train SECONDS | wait | get N ... (README.md, "A leg on a GPU").
# Works in $LEG; results go to $OUT. SMOKE_ARGS and TRAIN_ARGS are further options of train.py.
L=${LEG:-/tmp/leg}; export PYTHONUNBUFFERED=1 PYTHONPATH=$L/site
background() { setsid bash -c "cd $L/x; $1" >/dev/null 2>&1 </dev/null & }
case $1 in
first) nvidia-smi -L || true; mkdir -p "$L"; cp "$(dirname "$0")"/part.* "$L"/; cd "$L"
  tar xf part.0 2>/dev/null; ls x d  # cut short: what is whole is there
  python3 -c "import numpy, safetensors, tokenizers, torch; print(torch.__version__)"
  # fills the compiler's cache while the rest travels, and tries the export and the measuring
  background "(python3 train.py --smoke --seconds 8 --dense ../hf --run ../smoke ${SMOKE_ARGS:-} &&
    python3 export.py --run ../smoke --dense ../hf --out ../smoke/model &&
    python3 evaluate.py ../smoke/model --data ../d --rows 64 --quick) > $L/smoke.log 2>&1; touch $L/smoke.done" ;;
more) cp "$(dirname "$0")"/part.* "$L"/; ls -l "$L"/part.* ;;
train) cd "$L"; cat part.* | tar x; cp t/* d/
  if [ -e w/smollm2-q4_1.gguf ]; then python3 x/smollm2.py . --gguf w/smollm2-q4_1.gguf --only-hf; else cp w/* hf/; fi
  for i in $(seq 150); do [ -e smoke.done ] && break; sleep 1; done; tail -n 6 smoke.log
  background "(python3 train.py --seconds $2 --dense ../hf --data ../d --run ../out ${TRAIN_ARGS:-} &&
    python3 export.py --run ../out --dense ../hf --out ../out/model &&
    python3 evaluate.py ../out/model --dense ../hf --data ../d ${EVAL_ARGS:-} &&
    tar cf - -C ../out/model . | split -b ${PIECE:-16700000} -d -a 1 - ../out/model.
    ) > $L/train.log 2>&1; echo \$? > $L/train.rc"
  sleep "${LOOK:-45}"; cat train.log ;;
wait) cd "$L"; for i in $(seq 565); do [ -e train.rc ] && break; sleep 1; done; tail -n 60 train.log; cat train.rc
  cp train.log out/log.jsonl out/model/eval.json out/model.[0-3] "$OUT"/ ;;
get) shift; for n; do cp "$L/out/model.$n" "$OUT"/; done; ls -l "$OUT" ;;
esac
