#!/usr/bin/env bash
# What only a GPU can show, in under ten minutes, on Linux x64 with one NVIDIA GPU and its driver: native-gpu installs, gives the
# numbers of the other back ends, and resumes; what preference steps and generation take beside TRL and transformers; WebGPU.
#
#   tools/gpu/check.sh                    in a clone, with a network
#   DIR/ais/tools/gpu/check.sh            without one, in a folder that tools/gpu/pack.sh has packed
#   BACKEND=native MODELS=demo PAIRS=2 BATCH=2 tools/gpu/check.sh     without a GPU: that the check itself works
#
# TRL and transformers need a Python with benchmarks/python/requirements.txt and CUDA: the packed one, or AIS_BENCHMARK_PYTHON.
# A part that fails or takes too long does not keep the others from running. runs/gpu-check has summary.txt, the output of each part,
# and the benchmarks' results as JSON.
set -uo pipefail
cd "$(dirname "$0")/../.."
# What was packed: Node, the cache, and Python's packages.
if [ -f ../environment.sh ]; then . ../environment.sh; fi
: "${BACKEND:=native-gpu}" "${OUT:=runs/gpu-check}" "${MODELS:=pythia-70m smollm2 pythia-410m pythia-1b}" "${PAIRS:=16}" "${BATCH:=64}" "${LIMIT:=600}"
mkdir -p "$OUT"
: >"$OUT/summary.txt"
failed=0

note() { printf '%-24s %-8s %4s s  %s\n' "$1" "$2" "$3" "${4-}" | tee -a "$OUT/summary.txt"; }

# part NAME SECONDS COMMAND...: at most so long, and no longer than what is left of the whole.
part() {
  local name=$1 most=$2 begun=$SECONDS left=$((LIMIT - SECONDS)) status
  shift 2
  if [ "$left" -lt 10 ]; then
    failed=1
    note "$name" 'no time' 0
    return
  fi
  timeout --kill-after=5 "$((left < most ? left : most))" "$@" >"$OUT/$name.log" 2>&1 </dev/null
  status=$?
  if [ $status = 0 ]; then
    note "$name" ok $((SECONDS - begun))
  else
    failed=1
    note "$name" FAILED $((SECONDS - begun)) "exit status $status: $OUT/$name.log"
  fi
}

if [ ! -f packages/cli/dist/bin.js ] || [ ! -f benchmarks/dist/bin.js ]; then
  npx -y pnpm install --frozen-lockfile && npx -y pnpm build || exit
fi
ais() { node packages/cli/dist/bin.js "$@"; }
export -f ais
export AIS_BACKEND=$BACKEND BACKEND

gpu=()
if [ "$BACKEND" = native-gpu ]; then gpu=(--gpu); fi
part install 240 bash -c "ais native install ${gpu[*]} && ais doctor --backend $BACKEND"

# Against transformers, TRL, PyTorch, and finite differences, all to the tolerances that hold on processors.
part parity 150 node_modules/.bin/vitest run --maxWorkers=2 \
  packages/language-model/test/transformers-parity packages/language-model/src/network/log-probs packages/language-model/src/kernels \
  packages/trainer/test/trl-parity packages/trainer/src/optimizer packages/objectives/test/theory
part resume 60 node_modules/.bin/vitest run --maxWorkers=1 packages/trainer/src -t resume

# On a GPU, Python must see it too; elsewhere, a Python is named on purpose.
has_python() {
  if [ "$BACKEND" != native-gpu ]; then [ -n "${AIS_BENCHMARK_PYTHON-}" ]; return; fi
  "${AIS_BENCHMARK_PYTHON:=python3}" -c 'import torch, trl; assert torch.cuda.is_available()' 2>"$OUT/python.log"
}
trl=(none)
python=(--no-python)
if has_python; then
  export AIS_BENCHMARK_PYTHON
  trl=(default precomputed-kept bfloat16)
  python=()
else
  note python skipped 0 'no Python with trl and CUDA: our side alone'
fi
for model in $MODELS; do
  part "preference-$model" 100 node benchmarks/dist/bin.js preference --model "$model" --backend "$BACKEND" --pairs "$PAIRS" \
    --micro-batch-size "$PAIRS" --repetitions 3 --rounds 2 --trl "${trl[@]}" --json --output "$OUT/$model"
done
part generation 90 node benchmarks/dist/bin.js generation --model smollm2 --backend "$BACKEND" --batch "$BATCH" --new-tokens 64 \
  --repetitions 2 "${python[@]}" --json --output "$OUT/generation"

# Dawn takes the driver that VK_ICD_FILENAMES names.
driver=${VK_ICD_FILENAMES-$(find /usr/share/vulkan /etc/vulkan /usr/local/nvidia/share/vulkan -name 'nvidia_icd*.json' 2>/dev/null | head -n 1)}
if [ -n "$driver" ]; then
  VK_ICD_FILENAMES=$driver part webgpu 100 node_modules/.bin/vitest run --config vitest.webgpu.config.ts
else
  note webgpu skipped 0 "no Vulkan driver of NVIDIA's: name one in VK_ICD_FILENAMES"
fi

echo "All of it: $OUT, in $SECONDS s"
exit $failed
