#!/usr/bin/env bash
# The question that decides most, on one large GPU: does AIS-DPO do more than take smaller steps, on a model that people use?
# DPO, AIS-DPO, and the controls on SmolLM2-135M-Instruct, at two β, one seed. Give more seeds to settle claims: with one, all stay open.
#
#   tools/gpu/study.sh               one seed
#   SEEDS=6,12,24 tools/gpu/study.sh
#   BACKEND=native tools/gpu/study.sh --dry-run     anything else goes to ais study
#
# It resumes where it was stopped. The report is in runs/gpu/report.html.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${BACKEND:=native-gpu}" "${SEEDS:=1}" "${OUT:=runs/gpu}"
# A folder that tools/gpu/pack.sh has packed is built.
if [ -f ../environment.sh ]; then
  . ../environment.sh
else
  npx -y pnpm install --frozen-lockfile
  npx -y pnpm exec turbo run build --filter=@ais/cli --output-logs=errors-only
fi
ais() { node packages/cli/dist/bin.js "$@"; }
if [ "$BACKEND" = native-gpu ]; then ais native install --gpu; fi
ais doctor --backend "$BACKEND"
ais model pull smollm2-135m-instruct
# A large GPU holds whole batches.
ais study controls --config tools/gpu/smollm2.yaml --seeds "$SEEDS" --backend "$BACKEND" --processes 1 \
  --set preference.microBatchSize=16 --out "$OUT" --store "$OUT/store" "$@"
