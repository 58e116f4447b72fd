import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import { dpo, type Objective, pairObjective } from '@ais/objectives';
import { createRandom } from '@ais/runtime';
import { readJson } from '@ais/runtime/files';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { diagnose } from '../src/diagnosis/diagnose.js';
import { runFacts } from '../src/diagnosis/run-series.js';
import { evaluateKl } from '../src/evaluation/evaluate-kl.js';
import { evaluatePreference } from '../src/evaluation/evaluate-preference.js';
import { computeReferenceLogProbs } from '../src/inference/reference-log-probs.js';
import { readMetrics } from '../src/run/metrics-log.js';
import { type PreferenceOptions, trainPreference } from '../src/stages/preference.js';
import { runFolder } from './run-folder.js';
import { END, tinyModel } from './tiny-model.js';

const folder = runFolder();

/** Prompts of three tokens, and responses of which the chosen one starts with `preferred` or, by chance, either does. */
function pairs(count: number, seed: number, labels: 'by the first token' | 'random'): TokenizedPair[] {
  const random = createRandom(seed, 'diagnosed pairs');
  const token = (): number => 1 + random.integer(14);
  return Array.from({ length: count }, (_, index) => {
    const prompt = [token(), token(), token()];
    const better = [15, token(), END];
    const other = [token(), token(), END];
    const swapped = labels === 'random' && random.integer(2) === 1;
    return {
      id: `${index}`,
      prompt,
      chosen: swapped ? other : better,
      rejected: swapped ? better : other,
    };
  });
}

/** The findings of a real run: what was warned of, and what is normal. */
async function findings(
  trained: readonly TokenizedPair[],
  heldOut: readonly TokenizedPair[],
  options: Partial<PreferenceOptions> = {},
  objective: Objective = dpo({ beta: 0.1 }),
): Promise<{ readonly warned: readonly string[]; readonly normal: readonly string[] }> {
  const model = tinyModel();
  const start = tinyModel();
  try {
    const reference = await computeReferenceLogProbs(model, trained, { microBatchSize: 8 });
    const held = await computeReferenceLogProbs(model, heldOut, { microBatchSize: 8 });
    const prompts = heldOut.slice(0, 16).map(({ prompt }) => prompt);
    const warned: string[] = [];
    await trainPreference(model, reference, trained, objective, {
      directory: folder('run'),
      seed: 1,
      steps: 60,
      batchSize: 8,
      learningRate: 2e-3,
      maxGradientNorm: 1,
      configuration: { settings: { beta: 0.1 } },
      onWarning: () => {},
      callbacks: [{ warning: ({ code }) => void warned.push(code) }],
      evaluateAt: [0, 20, 40, 60],
      onEvaluate: async () => {
        const kl = await evaluateKl(model, start, prompts, { maxNewTokens: 4, seed: 1 });
        return { ...(await evaluatePreference(model, held, heldOut, objective)), eval_kl: kl.mean };
      },
      ...options,
    });
    const configuration = await readJson<Parameters<typeof runFacts>[0]>(join(folder('run'), 'config.json'));
    const found = diagnose(
      await readMetrics(join(folder('run'), 'metrics.jsonl')),
      runFacts(configuration ?? {}),
    );
    const not = found.filter(({ level }) => level !== 'normal').map(({ code }) => code);
    expect([...warned].sort()).toEqual([...not].sort());
    return { warned, normal: found.filter(({ level }) => level === 'normal').map(({ code }) => code) };
  } finally {
    model.dispose();
    start.dispose();
  }
}

it('a run that learns what its labels say has nothing to warn of', async () => {
  const learned = await findings(pairs(480, 1, 'by the first token'), pairs(100, 2, 'by the first token'));
  expect(learned).toEqual({ warned: [], normal: ['chosen-rises'] });
});

it('a learning rate that is far too small shows, although it puts pairs in order', async () => {
  const { warned } = await findings(
    pairs(480, 1, 'by the first token'),
    pairs(100, 2, 'by the first token'),
    {
      learningRate: 1e-7,
    },
  );
  expect(warned).toEqual(['hardly-moves']);
});

it('random labels show: few are learned by heart, and nothing else is', async () => {
  const { warned } = await findings(pairs(16, 1, 'random'), pairs(200, 2, 'random'), {
    steps: 90,
    learningRate: 1e-2,
  });
  expect(warned).toContain('overfitting');
});

it('an objective with the wrong sign shows', async () => {
  const wrong = pairObjective({
    name: 'wrong-sign',
    beta: 0.1,
    losses: ({ chosen, rejected }) => tf.softplus(tf.mul(0.1, tf.sub(chosen, rejected))),
  });
  const { warned } = await findings(
    pairs(480, 1, 'by the first token'),
    pairs(100, 2, 'by the first token'),
    {},
    wrong,
  );
  expect(warned).toContain('prefers-rejected');
});
