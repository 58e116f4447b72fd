#!/usr/bin/env bash
# What only a GPU can show, in under ten minutes, on Linux x64 with one NVIDIA GPU and its driver: native-gpu installs, gives the
# numbers of the other back ends, and resumes; what preference steps and generation take beside TRL and transformers; WebGPU.
#
#   tools/gpu/check.sh                    in a clone, with a network
#   DIR/ais/tools/gpu/check.sh            without one, in a folder that tools/gpu/pack.sh has packed
#   tools/gpu/check.sh --rehearse         on the processor, with a small model: that the check itself works
#
# TRL and transformers need a Python with benchmarks/python/requirements.txt and CUDA: the packed one, or AIS_BENCHMARK_PYTHON.
# WebGPU takes the Vulkan driver that VK_ICD_FILENAMES names, or NVIDIA's. Of several GPUs, CUDA_VISIBLE_DEVICES names one; the
# first by default. The largest of MODELS, pythia-1b, needs 80 GB of the GPU beside TRL, as all sides hold their models at once.
#
# A part that fails or takes too long does not keep the others from running. runs/gpu-check has summary.txt, line by line as parts
# end, the output of each part, the benchmarks' results as JSON, and the GPU's memory and use in each second. Peak memory in
# results is that of processes, which is not the GPU's.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# What was packed: Node, the cache, and Python's packages.
if [ -f ../environment.sh ]; then . ../environment.sh; fi
if [ "${1-}" = --rehearse ]; then
  : "${BACKEND:=native}" "${MODELS:=demo}" "${PAIRS:=2}" "${REPETITIONS:=1}" "${BATCH:=2}" "${TOKENS:=8}"
fi
: "${BACKEND:=native-gpu}" "${MODELS:=pythia-70m smollm2 pythia-410m pythia-1b}" "${PAIRS:=16}" "${REPETITIONS:=3}" "${BATCH:=64}" "${TOKENS:=64}"
: "${OUT:=runs/gpu-check}" "${LIMIT:=580}"
mkdir -p "$OUT" || exit
: >"$OUT/summary.txt"
# The tests' modules are compiled once for all parts.
VITEST_MODULES=$(mktemp -d) || exit
export AIS_BACKEND=$BACKEND BACKEND VITEST_MODULES CUDA_VISIBLE_DEVICES="${CUDA_VISIBLE_DEVICES-0}"
failed=0
watch=
if command -v nvidia-smi >/dev/null; then
  nvidia-smi --query-gpu=timestamp,index,memory.used,utilization.gpu --format=csv -l 1 >"$OUT/gpu.csv" 2>&1 </dev/null &
  watch=$!
fi
trap 'rm -rf "$VITEST_MODULES"; [ -z "$watch" ] || kill "$watch" 2>/dev/null' EXIT

note() { printf '%-24s %-8s %4s s  %s\n' "$1" "$2" "$3" "${4-}" | tee -a "$OUT/summary.txt"; }

# part NAME SECONDS COMMAND...: at most so long, and no longer than what is left of the whole. What it said last stands in the summary.
part() {
  local name=$1 most=$2 begun=$SECONDS left=$((LIMIT - SECONDS)) status why
  shift 2
  if [ "$left" -lt 10 ]; then
    failed=1
    note "$name" 'no time' 0
    return 1
  fi
  if [ "$left" -lt "$most" ]; then most=$left; fi
  timeout --kill-after=5 "$most" "$@" >"$OUT/$name.log" 2>&1 </dev/null
  status=$?
  if [ $status = 0 ]; then
    note "$name" ok $((SECONDS - begun))
    return
  fi
  failed=1
  why=$(sed 's/\x1b\[[0-9;]*m//g' "$OUT/$name.log" | grep -aE '^(ais|error): |Error: |^ +Tests ' | tail -n 1 | cut -c 1-200)
  if [ $((SECONDS - begun)) -ge "$most" ]; then why="stopped after $most s"; fi
  note "$name" FAILED $((SECONDS - begun)) "${why:-exit status $status} ($OUT/$name.log)"
  return 1
}

# compute NAME SECONDS COMMAND...: a part on the back end, if that has started.
computes=yes
compute() {
  if [ $computes = yes ]; then part "$@"; else note "$1" skipped 0 "$BACKEND does not run here"; fi
}

describe_machine() {
  uname -srm
  nproc
  grep -E 'MemTotal|MemAvailable' /proc/meminfo
  df -h . "${TMPDIR:-/tmp}"
  ldd --version | head -n 1
  PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -E 'libcuda\.so|libnvidia-ml|libvulkan|libGLX_nvidia|libEGL_nvidia'
  "${AIS_BENCHMARK_PYTHON:-python3}" --version
  node --version
  env | grep -E '^(CUDA|NVIDIA|TF|LD_LIBRARY_PATH|VK|AIS)' | sort
  if command -v nvidia-smi; then nvidia-smi; else echo 'There is no nvidia-smi.'; fi
}
export -f describe_machine
part machine 30 bash -c 'describe_machine || true'

if [ ! -f packages/cli/dist/bin.js ] || [ ! -f benchmarks/dist/bin.js ]; then
  npx -y pnpm install --frozen-lockfile && npx -y pnpm build || exit
fi
ais() { node packages/cli/dist/bin.js "$@"; }
export -f ais

gpu=()
if [ "$BACKEND" = native-gpu ]; then gpu=(--gpu); fi
part install 240 bash -c "ais native install ${gpu[*]} && ais doctor --backend $BACKEND" || computes=no

# Against transformers, TRL, PyTorch, and finite differences, all to the tolerances that hold on processors.
compute parity 150 node_modules/.bin/vitest run --maxWorkers=2 \
  packages/language-model/test/transformers-parity packages/language-model/src/network/log-probs packages/language-model/src/kernels \
  packages/trainer/test/trl-parity packages/trainer/src/optimizer packages/objectives/test/theory
# To the bit, for which native-gpu sets TF_DETERMINISTIC_OPS.
compute resume 60 node_modules/.bin/vitest run --maxWorkers=2 packages/trainer/src -t 'bit for bit'

# On a GPU, Python must see it too; elsewhere, a Python is named on purpose.
has_python() {
  if [ "$BACKEND" != native-gpu ]; then
    [ -n "${AIS_BENCHMARK_PYTHON-}" ] && "$AIS_BENCHMARK_PYTHON" -c 'import torch, trl'
  else
    "${AIS_BENCHMARK_PYTHON:=python3}" -c 'import torch, trl; torch.zeros(1).cuda()'
  fi
} 2>"$OUT/python.log"
trl=(none)
python=(--no-python)
if has_python; then
  export AIS_BENCHMARK_PYTHON
  trl=(default precomputed-kept bfloat16)
  python=()
else
  note python skipped 0 "no Python with trl and CUDA, our side alone: $(tail -n 1 "$OUT/python.log" | cut -c 1-160)"
fi
# preference NAME MODEL SECONDS SETTINGS-OF-TRL...
preference() {
  compute "preference-$1" "$3" node benchmarks/dist/bin.js preference --model "$2" --backend "$BACKEND" --pairs "$PAIRS" \
    --micro-batch-size "$PAIRS" --repetitions "$REPETITIONS" --rounds 2 --json --output "$OUT/$1" --trl "${@:4}"
}
# The larger models come last: random weights of a billion parameters alone take a minute to make.
read -r -a models <<<"$MODELS"
for model in "${models[@]:0:2}"; do preference "$model" "$model" 100 "${trl[@]}"; done
# What it costs that sums have the same digits in every run.
TF_DETERMINISTIC_OPS=0 preference "$model-any-order" "$model" 60 none
compute generation 90 node benchmarks/dist/bin.js generation --model smollm2 --backend "$BACKEND" --batch "$BATCH" --new-tokens "$TOKENS" \
  --repetitions 2 "${python[@]}" --json --output "$OUT/generation"

# Dawn takes the driver that VK_ICD_FILENAMES names.
driver=${VK_ICD_FILENAMES-$(find /usr/share/vulkan /etc/vulkan /usr/local/nvidia/share/vulkan -name 'nvidia_icd*.json' 2>/dev/null | head -n 1)}
if [ -n "$driver" ]; then
  VK_ICD_FILENAMES=$driver part webgpu 100 node_modules/.bin/vitest run --config vitest.webgpu.config.ts
else
  note webgpu skipped 0 "no Vulkan driver of NVIDIA's: name one in VK_ICD_FILENAMES"
fi

for model in "${models[@]:2}"; do preference "$model" "$model" 200 "${trl[@]}"; done

echo "All of it: $OUT, in $SECONDS s"
exit $failed
