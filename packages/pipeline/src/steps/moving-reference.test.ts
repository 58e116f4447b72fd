import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CausalLanguageModel, createModel } from '@ais/language-model';
import { dpo, kto } from '@ais/objectives';
import type { TrainingResult } from '@ais/trainer';
import { afterAll, expect, test } from 'vitest';
import { runContext } from '../context.js';
import { labeledOfPairs } from '../pairs/labeled-responses.js';
import { readSettings } from '../settings/read-settings.js';
import { learnLabeled } from './learn-labeled.js';
import { prefer } from './prefer.js';

const root = mkdtempSync(join(tmpdir(), 'ais-moving-'));
afterAll(() => rmSync(root, { recursive: true }));

const newModel = (): CausalLanguageModel =>
  createModel(
    {
      vocabularySize: 16,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      maxPositions: 16,
      initializerRange: 0.3,
      endOfTextTokens: [0],
    },
    { seed: 1 },
  );
const pairs = Array.from({ length: 4 }, (_, index) => ({
  id: `${index}`,
  prompt: [1, 2 + index],
  chosen: [3, 4 + index, 0],
  rejected: [5 + index, 0],
}));

/** Trains for two updates, with an evaluation after each. */
async function evaluated(
  learn: 'prefer' | 'learnLabeled',
  referenceSync: { readonly every: number; readonly mixup: number } | undefined,
): Promise<TrainingResult['evaluations']> {
  const [policy, reference] = [newModel(), newModel()];
  const { training } = await readSettings('train', {
    flags: { preset: 'tiny', training: { steps: 2, batchSize: 4, learningRate: 1e-2, warmupSteps: 0 } },
  });
  const evaluator = { evaluate: async () => ({ metrics: {}, responses: [] }) };
  const run = {
    seed: 1,
    training,
    referenceSync,
    evaluations: { evaluator, examples: [], text: () => '', points: 2 },
  };
  const context = runContext(join(root, `${learn}-${referenceSync?.every}`));
  const rows = labeledOfPairs(pairs);
  try {
    const { evaluations } =
      learn === 'prefer'
        ? await prefer(
            { policy, reference },
            { feedback: 'pairs', online: false, objective: dpo({ beta: 1 }) },
            { trained: { pairs }, heldOut: { pairs } },
            run,
            context,
          )
        : await learnLabeled(
            { policy, reference },
            { feedback: 'unpaired', online: false, objective: kto({ beta: 1 }) },
            { trained: rows, heldOut: rows },
            run,
            context,
          );
    return evaluations;
  } finally {
    for (const model of [policy, reference]) model.dispose();
  }
}

test.each(['prefer', 'learnLabeled'] as const)(
  '%s measures held-out responses with the reference where it has moved to',
  async (learn) => {
    const rewards = async (every: number | undefined): Promise<number[]> =>
      (await evaluated(learn, every === undefined ? undefined : { every, mixup: 1 })).map(
        ({ metrics }) => metrics['eval_rewards/chosen'] as number,
      );
    const [start, ...fixed] = await rewards(undefined);
    expect(start).toBeCloseTo(0, 5);
    expect(Math.min(...fixed)).toBeGreaterThan(0.01);
    // It is the policy after each update, or after the second one.
    for (const reward of await rewards(1)) expect(reward).toBeCloseTo(0, 5);
    const [, first, second] = await rewards(2);
    expect(first).toBe(fixed[0]);
    expect(second).toBeCloseTo(0, 5);
  },
);
