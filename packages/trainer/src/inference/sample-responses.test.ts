import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createModel } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { ConfigurationMismatch } from '../errors.js';
import { type SampleResponsesOptions, sampleResponses } from './sample-responses.js';

const shape = { vocabularySize: 16, layerCount: 1, hiddenSize: 8, headCount: 2, rotaryFraction: 0.5 };
const model = createModel({ ...shape, initializerRange: 1 }, { seed: 1 });
afterAll(() => model.dispose());

const prompts = Array.from({ length: 300 }, (_, index) =>
  Array.from({ length: 1 + (index % 3) }, (_, place) => 1 + ((index + place) % 15)),
);
const options = { samples: 2, maxNewTokens: 3, seed: 5 };

describe('sampleResponses', () => {
  const folder = runFolder();

  const sample = (path: string, { stop = Number.POSITIVE_INFINITY, ...more } = {}) => {
    const controller = new AbortController();
    const completed: number[] = [];
    const responses = sampleResponses(model, prompts, {
      ...options,
      ...more,
      path: folder(path),
      signal: controller.signal,
      onProgress: (done) => {
        completed.push(done);
        if (done > stop) controller.abort(new Error('enough'));
      },
    });
    return { responses, completed };
  };

  it('resumes after an interruption with what an unbroken call samples', async () => {
    const before = tf.memory().numTensors;
    const unbroken = await sample('unbroken').responses;
    expect(tf.memory().numTensors).toBe(before);
    expect(unbroken.map(({ length }) => length)).toEqual(prompts.map(() => 2));
    expect(new Set(unbroken.flat().map(({ tokens }) => String(tokens))).size).toBeGreaterThan(100);

    // Two parts, of 512 and 88 responses: the first is done.
    await expect(sample('broken', { stop: 520 }).responses).rejects.toThrow('enough');
    expect(existsSync(folder('broken'))).toBe(true);
    const resumed = sample('broken');
    expect(await resumed.responses).toEqual(unbroken);
    expect(Math.min(...resumed.completed)).toBeGreaterThanOrEqual(512);
    expect(resumed.completed.at(-1)).toBe(600);
  });

  it('gives in parts what one call of the model gives', async () => {
    const inParts = await sampleResponses(model, prompts, options);
    const whole = await model.generate(prompts, { ...options, temperature: 1 });
    expect(inParts.flat().map(({ tokens }) => tokens)).toEqual(whole.map(({ tokens }) => tokens));
    expect(inParts.flat().map(({ finished }) => finished)).toEqual(whole.map(({ finished }) => finished));
    inParts.flat().forEach(({ logProb }, index) => {
      const { logProbs } = whole[index]!;
      expect(logProb).toBeCloseTo(
        logProbs.reduce((sum, value) => sum + value, 0),
        4,
      );
    });
  });

  it('starts over when the file is of other work, or refuses it by name', async () => {
    const first = await sample('other').responses;
    const other = { ...options, temperature: 0.5, path: folder('other') } satisfies SampleResponsesOptions;
    const refused = sampleResponses(model, prompts, { ...other, resume: true });
    await expect(refused).rejects.toThrow(ConfigurationMismatch);
    await expect(refused).rejects.toMatchObject({ key: 'sampling.temperature' });
    expect(await sampleResponses(model, prompts, other)).not.toEqual(first);
    const [head] = (await readFile(folder('other'), 'utf8')).split('\n');
    expect(JSON.parse(head ?? '').inputs.sampling.temperature).toBe(0.5);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s samples of each prompt', async (samples) => {
    await expect(sampleResponses(model, prompts, { ...options, samples })).rejects.toMatchObject({
      name: 'TrainerError',
      code: 'invalid-option',
    });
  });

  it('has nothing to sample for no prompts', async () => {
    expect(await sampleResponses(model, [], options)).toEqual([]);
  });
});
