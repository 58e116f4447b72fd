// One side of the scaling benchmark: supervised updates of a model of random weights, in as many processes as there are; rank 0 prints JSON.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mpiGroup } from '@ais/distributed';
import { createModel } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { trainSft } from '@ais/trainer';

const { shape, batchSize, tokens, steps, lora } = JSON.parse(process.argv[2]);
const { backend } = await useBackend();
const group = process.env.OMPI_COMM_WORLD_SIZE === undefined ? undefined : mpiGroup();
let sent = 0;
let sending = 0;
let waited = 0;
const processor = process.cpuUsage();
const begun = performance.now();
const timed = group && {
  ...group,
  async allReduce(values) {
    const begun = performance.now();
    await group.allReduce(values);
    const milliseconds = performance.now() - begun;
    // Few numbers tell when the others are ready, many are a gradient.
    if (values.length < 2 ** 14) waited += milliseconds;
    else {
      sent += 4 * values.length;
      sending += milliseconds;
    }
  },
};
const model = createModel(shape, { seed: 1 });
const examples = Array.from({ length: 4 * batchSize }, (_, index) => ({
  id: String(index),
  prompt: Array.from({ length: 8 }, (_, place) => 1 + ((7 * index + place) % (shape.vocabularySize - 1))),
  response: Array.from(
    { length: tokens - 8 },
    (_, place) => 1 + ((11 * index + 5 * place) % (shape.vocabularySize - 1)),
  ),
}));
const scratch = await mkdtemp(join(tmpdir(), 'ais-scaling-'));
try {
  await trainSft(model, examples, {
    directory: join(scratch, 'run'),
    seed: 1,
    steps,
    batchSize,
    microBatchSize: 1,
    learningRate: 1e-5,
    ...(lora && { lora }),
    ...(timed && { group: timed }),
  });
  if (!group || group.rank === 0) {
    const lines = (await readFile(join(scratch, 'run', 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map(JSON.parse);
    // The first step warms up.
    const seconds = lines
      .slice(1)
      .map((line) => line['timing/seconds'])
      .sort((a, b) => a - b);
    const parameters = [...model.parameters.values()].reduce((sum, { size }) => sum + size, 0);
    console.log(
      JSON.stringify({
        backend,
        parameters,
        loss: lines.at(-1).loss,
        seconds: seconds[Math.floor(seconds.length / 2)],
        megabytes: sent / 1e6 / steps,
        sending: sending / 1e3 / steps,
        waiting: waited / 1e3 / steps,
        cores:
          (process.cpuUsage(processor).user + process.cpuUsage(processor).system) /
          1e3 /
          (performance.now() - begun),
      }),
    );
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
  group?.close();
}
