import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel } from '@ais/language-model';
import { trainSft } from '@ais/trainer';
import { inMemoryGroup } from '@ais/trainer/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import { DistributedError } from '../src/index.js';

const start = process.cwd();
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-distributed-examples-'));
  process.chdir(scratch);
});
afterAll(async () => {
  process.chdir(start);
  await rm(scratch, { recursive: true });
});

const documented = await documentedExamples(new URL('../', import.meta.url));

/** A group of one, as without `mpirun`; `check:mpi` tries the real one. */
const mpiGroup = () => ({ ...inMemoryGroup(1)[0], close() {} });

test.each(documented)('$name', async ({ code, printed }) => {
  const sizes = { vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 };
  const model = createModel(sizes, { seed: 1 });
  const examples = [
    { id: 'a', prompt: [1, 2], response: [3, 0] },
    { id: 'b', prompt: [2, 1], response: [6, 0] },
  ];
  const lines = await runExample(code, { DistributedError, examples, model, mpiGroup, trainSft });
  for (const [index, line] of printed.entries()) {
    if (line !== undefined) expect(lines[index]).toBe(line);
  }
  model.dispose();
});

test('there are examples', () => {
  expect(documented.length).toBeGreaterThan(1);
});
