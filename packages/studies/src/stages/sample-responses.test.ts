import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel } from '@ais/language-model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleResponses } from './sample-responses.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-samples-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('goes on after an interruption with what an unbroken attempt samples', async () => {
  const shape = { vocabularySize: 16, layerCount: 1, hiddenSize: 8, headCount: 2, rotaryFraction: 0.5 };
  const model = createModel({ ...shape, initializerRange: 1 }, { seed: 1 });
  const examples = Array.from({ length: 300 }, (_, index) => ({
    prompt: Array.from({ length: 1 + (index % 3) }, (_, place) => 1 + ((index + place) % 15)),
  }));
  const sample = (path: string, stop = Number.POSITIVE_INFINITY) => {
    const controller = new AbortController();
    const completed: number[] = [];
    const progress = (report: { readonly completed: number }): void => {
      completed.push(report.completed);
      if (report.completed > stop) controller.abort(new Error('enough'));
    };
    const options = { samples: 2, maxNewTokens: 3, seed: 5, task: 'samples', path: join(folder, path) };
    const responses = sampleResponses(model, examples, options, { signal: controller.signal, progress });
    return { responses, completed };
  };
  const unbroken = await sample('unbroken').responses;
  expect(unbroken.map(({ length }) => length)).toEqual(examples.map(() => 2));
  expect(new Set(unbroken.flat().map(String)).size).toBeGreaterThan(100);

  // Two parts, of 512 and 88 responses: the first is done.
  await expect(sample('broken', 520).responses).rejects.toThrow('enough');
  expect(existsSync(join(folder, 'broken'))).toBe(true);
  const resumed = sample('broken');
  expect(await resumed.responses).toEqual(unbroken);
  expect(Math.min(...resumed.completed)).toBeGreaterThanOrEqual(512);
  expect(resumed.completed.at(-1)).toBe(600);

  // Parts change nothing: one call gives the same.
  const whole = await model.generate(
    examples.map(({ prompt }) => prompt),
    { maxNewTokens: 3, temperature: 1, samples: 2, seed: 5 },
  );
  expect(unbroken.flat()).toEqual(whole.map(({ tokens }) => tokens));
  model.dispose();
});
