import type { CausalLanguageModel } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { END, tinyModel, VOCABULARY } from '../../test/tiny-model.js';
import { evaluateKl } from './evaluate-kl.js';

const policy = tinyModel(1);
const reference = tinyModel(2);
afterAll(() => {
  for (const model of [policy, reference]) model.dispose();
});

const nextLogProbs = (model: CausalLanguageModel, tokens: readonly number[]): number[] =>
  tf.tidy(() => (tf.logSoftmax(model.logits([tokens])).arraySync() as number[][][])[0]!.at(-1)!);

function tokenKl(tokens: readonly number[]): number {
  const [p, q] = [nextLogProbs(policy, tokens), nextLogProbs(reference, tokens)];
  return p.reduce((sum, logP, token) => sum + Math.exp(logP) * (logP - q[token]!), 0);
}

describe('evaluateKl', () => {
  const prompts = Array.from({ length: 40 }, (_, index) => [1 + (index % 3), 4]);

  it('is 0 between a model and itself', async () => {
    const { mean, standardError, generations } = await evaluateKl(policy, policy, prompts, {
      maxNewTokens: 4,
      seed: 1,
    });
    expect(Math.abs(mean)).toBeLessThan(1e-6);
    expect(standardError).toBeLessThan(1e-6);
    expect(generations).toHaveLength(40);
  });

  it('sums the divergence of every token that was sampled, in the order of the prompts, however it is chunked', async () => {
    const options = { maxNewTokens: 5, seed: 1 };
    const before = tf.memory().numTensors;
    const found = await evaluateKl(policy, reference, prompts.slice(0, 7), { ...options, batchSize: 3 });
    expect(tf.memory().numTensors).toBe(before);
    found.generations.forEach(({ tokens }, index) => {
      const expected = tokens.reduce(
        (sum, _, position) => sum + tokenKl([...prompts[index]!, ...tokens.slice(0, position)]),
        0,
      );
      expect(found.sums[index]).toBeCloseTo(expected, 4);
    });
    const whole = await evaluateKl(policy, reference, prompts.slice(0, 7), { ...options, batchSize: 100 });
    expect(whole.mean).toBeCloseTo(found.mean, 5);
  });

  it('estimates the divergence over whole responses, computed by enumeration', async () => {
    // Two tokens at most: KL = KL(first token) + Σ_y π(y)·KL(second token | y), y not the end of text.
    const prompt = [1, 4];
    const first = nextLogProbs(policy, prompt);
    let exact = tokenKl(prompt);
    for (let token = 0; token < VOCABULARY; token++) {
      if (token !== END) exact += Math.exp(first[token]!) * tokenKl([...prompt, token]);
    }
    const many = Array.from({ length: 400 }, () => prompt);
    const { mean, standardError } = await evaluateKl(policy, reference, many, {
      maxNewTokens: 2,
      seed: 3,
      batchSize: 100,
    });
    expect(Math.abs(mean - exact)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(0.1 * exact);
  });

  it('reports every response that is sampled, then every one that is measured', async () => {
    const reports: [number, number][] = [];
    const onProgress = (completed: number, total: number): number => reports.push([completed, total]);
    const few = prompts.slice(0, 7);
    await evaluateKl(policy, reference, few, { maxNewTokens: 5, seed: 1, batchSize: 3, onProgress });
    const sampled = reports.findIndex(([completed]) => completed === 7);
    expect(sampled).toBeGreaterThan(0);
    expect(reports.slice(sampled + 1)).toEqual([
      [10, 14],
      [13, 14],
      [14, 14],
    ]);
    expect(reports.every(([, total]) => total === 14)).toBe(true);
  });

  it('stops when told', async () => {
    const signal = AbortSignal.abort();
    await expect(
      evaluateKl(policy, reference, prompts, { maxNewTokens: 4, seed: 1, signal }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
