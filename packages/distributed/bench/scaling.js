// Updates per second with one process and with two, and what the model of their costs says: node packages/distributed/bench/scaling.js
import { execFileSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

const side = fileURLToPath(new URL('steps.js', import.meta.url));
const shape = {
  vocabularySize: 16384,
  hiddenSize: 512,
  layerCount: 8,
  headCount: 8,
  maxPositions: 256,
  endOfTextTokens: [0],
};

function measured(ranks, threads, work) {
  const program = [process.execPath, side, JSON.stringify({ shape, ...work })];
  const [command, ...args] = ranks === 1 ? program : ['mpirun', '-n', String(ranks), ...program];
  const printed = execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: '1',
      OMP_NUM_THREADS: String(threads),
    },
  });
  return JSON.parse(printed.trim().split('\n').at(-1));
}

for (const [name, work] of [
  ['8 × 128 tokens, all parameters', { batchSize: 8, tokens: 128, steps: 6 }],
  ['2 × 64 tokens, all parameters', { batchSize: 2, tokens: 64, steps: 6 }],
  ['8 × 128 tokens, LoRA of rank 8', { batchSize: 8, tokens: 128, steps: 6, lora: { rank: 8 } }],
]) {
  const one = measured(1, 1, work);
  const threads = measured(1, 2, work);
  const two = measured(2, 1, work);
  const gigabytes = two.megabytes / 1e3;
  // What every process does by itself besides its examples: the update, and taking the gradient out of the back end and in again.
  const own = two.seconds - two.sending - two.waiting - one.seconds / 2;
  console.log(
    `${name}; ${one.backend}, ${(one.parameters / 1e6).toFixed(1)} million parameters, load ${loadavg()[0]?.toFixed(1)}\n` +
      `  1 process, 1 thread    ${one.seconds.toFixed(3)} s per update\n` +
      `  1 process, 2 threads   ${threads.seconds.toFixed(3)} s, ${(one.seconds / threads.seconds).toFixed(2)} times as fast\n` +
      `  2 processes, 1 thread  ${two.seconds.toFixed(3)} s, ${(one.seconds / two.seconds).toFixed(2)} times as fast: ` +
      `${two.megabytes.toFixed(1)} MB in ${two.sending.toFixed(3)} s, ${(gigabytes / two.sending).toFixed(2)} GB/s; ` +
      `${two.waiting.toFixed(3)} s of waiting; ${own.toFixed(3)} s beyond half the work; the loss is ${(two.loss / one.loss - 1).toExponential(1)} off`,
  );
}
