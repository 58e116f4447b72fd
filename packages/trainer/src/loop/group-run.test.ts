import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createRewardModel } from '@ais/language-model';
import { adaptiveImportance, dpo, ipo } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { keptModels } from '../../test/kept-models.js';
import { type LinearStage, linearStage } from '../../test/linear-stage.js';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { tinyExamples, tinyModel, tinyPairs, weightsOf } from '../../test/tiny-model.js';
import { NonFiniteTraining, TrainingInterrupted } from '../errors.js';
import { inMemoryGroup } from '../group/in-memory-group.js';
import type { ProcessGroup } from '../group/process-group.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { readMetrics } from '../run/metrics-log.js';
import { trainOnlinePreference } from '../stages/online-preference.js';
import { trainPreference } from '../stages/preference.js';
import { trainRewardModel } from '../stages/reward-model.js';
import { trainSft } from '../stages/sft.js';
import { runTraining } from './training-loop.js';
import type { TrainingOptions, TrainingResult } from './training-options.js';

const folder = runFolder();
const keep = keptModels();
const options = (name: string, more: Partial<TrainingOptions> = {}): TrainingOptions => ({
  directory: folder(name),
  seed: 3,
  steps: 12,
  // 23 examples: the last batch of an epoch has two, fewer than three ranks.
  batchSize: 7,
  microBatchSize: 2,
  learningRate: 2e-2,
  maxGradientNorm: 1,
  ...more,
});

/** What every rank comes to. */
function onRanks<T>(
  size: number,
  work: (group: ProcessGroup) => Promise<T>,
): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(inMemoryGroup(size).map(work));
}

const resultOf = <T>(settled: PromiseSettledResult<T> | undefined): T => {
  if (settled?.status === 'fulfilled') return settled.value;
  throw settled?.reason;
};

/** Trains the linear stage on some ranks; what a rank changes of its options or its stage is its own. */
async function linearOn(
  size: number,
  name: string,
  more: Partial<TrainingOptions> = {},
  of: (rank: number, stage: LinearStage) => Partial<TrainingOptions> = () => ({}),
): Promise<{ settled: PromiseSettledResult<TrainingResult>[]; values: Record<string, number[]>[] }> {
  const stages = Array.from({ length: size }, () => linearStage());
  const tensors = tf.memory().numTensors;
  const settled = await onRanks(size, async (group) => {
    const stage = stages[group.rank] as LinearStage;
    return runTraining(stage, { ...options(name, more), ...of(group.rank, stage), group });
  });
  expect(tf.memory().numTensors).toBe(tensors);
  const values = stages.map((stage) => stage.values());
  for (const stage of stages) stage.dispose();
  return { settled, values };
}

/** Numbers of two runs, line by line, but for the times. */
async function expectSameMetrics(name: string, other: string, relative: number): Promise<void> {
  const [lines, others] = await Promise.all([untimedMetrics(folder(name)), untimedMetrics(folder(other))]);
  expect(lines.length).toBe(others.length);
  for (const [row, line] of lines.entries()) {
    for (const [key, value] of Object.entries(line)) {
      const expected = others[row]?.[key];
      if (typeof value !== 'number') expect(value).toBe(expected);
      else
        expect(Math.abs(value - Number(expected)), `${key} of line ${row}`).toBeLessThanOrEqual(
          relative * Math.max(1, Math.abs(value)),
        );
    }
  }
}

describe('processes that share each batch', () => {
  it('come to what one process does, whatever their number, and all to the same', async () => {
    const alone = await linearOn(1, 'alone', { evaluateAt: [0, 6], onEvaluate: async () => ({ eval_x: 1 }) });
    resultOf(alone.settled[0]);
    for (const size of [2, 3]) {
      const name = `of-${size}`;
      const evaluations: number[] = [];
      const { settled, values } = await linearOn(
        size,
        name,
        { evaluateAt: [0, 6], checkpointEvery: 4 },
        (rank) => ({
          onEvaluate: async () => {
            evaluations.push(rank);
            return { eval_x: 1 };
          },
          // Rank 0's folder is the run's; a folder of the others would show.
          directory: folder(rank === 0 ? name : `${name}-rank-${rank}`),
        }),
      );
      for (const rank of settled) expect(resultOf(rank).steps).toBe(12);
      for (const other of values.slice(1)) expect(other).toEqual(values[0]);
      expect(evaluations).toEqual([0, 0]);
      await expectSameMetrics('alone', name, 1e-5);
      await expect(readdir(folder(`${name}-rank-1`))).rejects.toThrow('ENOENT');
    }
  });

  it('come to the same bits each time', async () => {
    const first = await linearOn(3, 'first');
    const second = await linearOn(3, 'second');
    resultOf(first.settled[0]);
    expect(second.values).toEqual(first.values);
    await expectSameMetrics('first', 'second', 0);
  });

  it('stop together when any of them is asked to, and another number of them resumes', async () => {
    resultOf((await linearOn(1, 'unbroken')).settled[0]);
    const controller = new AbortController();
    const { settled } = await linearOn(2, 'stopped', {}, (rank, stage) => {
      if (rank === 0) return {};
      const { evaluate } = stage;
      let calls = 0;
      stage.evaluate = (indices) => {
        calls += 1;
        if (calls === 7) controller.abort();
        return evaluate(indices);
      };
      return { signal: controller.signal };
    });
    for (const rank of settled) {
      expect(rank.status === 'rejected' && rank.reason).toBeInstanceOf(TrainingInterrupted);
    }
    expect((await readdir(join(folder('stopped'), 'checkpoints'))).length).toBe(1);
    const resumed = await linearOn(3, 'stopped', { resume: true });
    for (const rank of resumed.settled) expect(resultOf(rank).steps).toBe(12);
    await expectSameMetrics('unbroken', 'stopped', 1e-5);
  });

  it('give a step up together where one is stopped while it prepares', async () => {
    for (const stopped of [0, 1]) {
      const { settled } = await linearOn(2, `given-up-${stopped}`, {}, (rank, stage) => {
        const signal = new AbortController();
        stage.prepare = async (_, { step, signal: given }) => {
          if (rank === stopped && step === 4) signal.abort();
          given?.throwIfAborted();
        };
        return { signal: signal.signal };
      });
      for (const rank of settled) {
        expect(rank.status === 'rejected' && rank.reason).toMatchObject({ code: 'interrupted', step: 4 });
      }
    }
  });

  it('all end where one of them fails, each saying why', async () => {
    for (const failing of [0, 2]) {
      const { settled } = await linearOn(3, `failing-${failing}`, {}, (rank, stage) => {
        const { evaluate } = stage;
        let calls = 0;
        stage.evaluate = (indices) => {
          calls += 1;
          if (rank === failing && calls === 5) throw new Error('no memory is left');
          return evaluate(indices);
        };
        return {};
      });
      for (const [rank, outcome] of settled.entries()) {
        const reason = outcome.status === 'rejected' ? outcome.reason : undefined;
        if (rank === failing) expect(reason).toMatchObject({ message: 'no memory is left' });
        else expect(reason).toMatchObject({ code: 'other-process' });
      }
    }
    // What rank 0 alone meets: a folder that holds a run.
    const again = await linearOn(2, 'failing-0');
    expect(again.settled).toMatchObject([
      { reason: { code: 'run-directory-exists' } },
      { reason: { code: 'other-process', message: expect.stringContaining('already holds a run') } },
    ]);
  });

  it('refuse to train on different things', async () => {
    const { settled } = await linearOn(2, 'different', {}, (rank) => ({
      learningRate: rank === 0 ? 0.1 : 0.2,
    }));
    expect(settled).toMatchObject([
      { reason: { code: 'other-process' } },
      {
        reason: { code: 'configuration-mismatch', message: expect.stringContaining('training.learningRate') },
      },
    ]);
  });

  it('skip a step together whose loss is not finite in one of them, or end with one dump', async () => {
    const poison = (_: number, stage: LinearStage): Partial<TrainingOptions> => {
      stage.poisoned.add(5);
      return {};
    };
    const skipping = await linearOn(2, 'skipping', { nonFinite: { skip: 3 } }, poison);
    expect(resultOf(skipping.settled[0]).steps).toBe(12);
    expect(skipping.values[1]).toEqual(skipping.values[0]);
    const skips = (await readMetrics(join(folder('skipping'), 'metrics.jsonl'))).filter(
      ({ event }) => event === 'skip',
    );
    expect(skips.map(({ loss }) => loss)).toEqual(skips.map(() => 'record-5'));
    expect(skips.length).toBeGreaterThan(0);
    const { settled } = await linearOn(2, 'stopping', {}, poison);
    for (const rank of settled) {
      expect(rank.status === 'rejected' && rank.reason).toBeInstanceOf(NonFiniteTraining);
    }
    expect((await readdir(join(folder('stopping'), 'non-finite'))).length).toBe(1);
  });

  it('reduce adapters alone with LoRA, and merge the same into every model', async () => {
    const lora = { rank: 2 };
    const single = keep(tinyModel());
    await trainSft(single, tinyExamples(9), options('lora-alone', { batchSize: 4, lora }));
    let travelled = 0;
    const models = [keep(tinyModel()), keep(tinyModel())];
    const ranks = await onRanks(2, (group) =>
      trainSft(models[group.rank] as typeof single, tinyExamples(9), {
        ...options('lora', { batchSize: 4, lora }),
        group: {
          ...group,
          async allReduce(values) {
            travelled = Math.max(travelled, values.length);
            await group.allReduce(values);
          },
        },
      }),
    );
    expect(resultOf(ranks[1]).steps).toBe(12);
    await expectSameMetrics('lora-alone', 'lora', 1e-5);
    const [first = [], second = []] = models.map(weightsOf);
    expect(second).toEqual(first);
    // rank · (in + out) of the four matrices of the only layer, of 16 dimensions.
    expect(travelled).toBe(2 * (16 + 48 + 16 + 16 + 16 + 64 + 64 + 16));
    expect(travelled).toBeLessThan(first.length / 4);
  });

  it('train on pairs with any objective that takes them one by one, and reward models with one centering', async () => {
    const pairs = tinyPairs(11);
    const objective = dpo({ beta: 0.1, importance: adaptiveImportance({}) });
    const reference = keep(tinyModel());
    // Some gradients are rounding alone, such as those of what a loss does not depend on: AdamW would blow them up to whole steps
    // without an ε above them.
    const whole = { batchSize: 5, microBatchSize: 2, steps: 6, adamw: { epsilon: 1e-3 } };
    const logProbs = await computeReferenceLogProbs(reference, pairs, { microBatchSize: 2 });
    await trainPreference(keep(tinyModel()), logProbs, pairs, objective, options('pairs-alone', whole));
    const passes: number[] = [];
    const ranks = await onRanks(2, async (group) => {
      const policy = keep(tinyModel());
      const counted = new Proxy(policy, {
        get(model, name) {
          if (name === 'responseLogProbs') passes.push(group.rank);
          const value = Reflect.get(model, name);
          return typeof value === 'function' ? value.bind(model) : value;
        },
      });
      const shared = await computeReferenceLogProbs(counted, pairs, {
        microBatchSize: 2,
        group,
        path: join(folder('pairs'), '..', 'reference.json'),
      });
      expect(shared).toEqual(logProbs);
      await trainPreference(policy, shared, pairs, objective, { ...options('pairs', whole), group });
      return weightsOf(policy);
    });
    expect(resultOf(ranks[1])).toEqual(resultOf(ranks[0]));
    expect(passes.every((rank) => rank === 0)).toBe(true);
    await expectSameMetrics('pairs-alone', 'pairs', 1e-5);

    const references = [
      [1, 2, 3],
      [4, 5, 0],
    ];
    const judges = await onRanks(2, (group) =>
      trainRewardModel(createRewardModel(keep(tinyModel()), { seed: 1 }), pairs, {
        ...options('judges', whole),
        references,
        group,
      }),
    );
    const single = await trainRewardModel(createRewardModel(keep(tinyModel()), { seed: 1 }), pairs, {
      ...options('judge', whole),
      references,
    });
    await expectSameMetrics('judge', 'judges', 1e-5);
    expect(resultOf(judges[0]).offset).toBeCloseTo(single.offset, 5);
    expect(resultOf(judges[1]).offset).toBe(resultOf(judges[0]).offset);
  });

  it('refuse what depends on a whole batch, and what they would do several times', async () => {
    const [group] = inMemoryGroup(2);
    const pairs = tinyPairs(8);
    const model = keep(tinyModel());
    const logProbs = await computeReferenceLogProbs(model, pairs, { microBatchSize: 2 });
    const shared = { ...options('refused', { microBatchSize: 7 }), ...(group && { group }) };
    for (const importance of [
      adaptiveImportance({ selfNormalized: true }),
      adaptiveImportance({ meanWeightOnly: true }),
    ]) {
      await expect(
        trainPreference(model, logProbs, pairs, ipo({ beta: 0.1, importance }), shared),
      ).rejects.toMatchObject({
        code: 'unsupported-objective',
        message: expect.stringContaining('each of 2 processes'),
      });
    }
    await expect(trainSft(model, tinyExamples(8), { ...shared, batchSize: 1 })).rejects.toMatchObject({
      message: expect.stringContaining('batchSize must be at least the number of processes, 2, got 1'),
    });
    const scorer = { name: 'length', score: async (items: readonly unknown[]) => items.map(() => 0) };
    await expect(
      trainOnlinePreference(
        { policy: model, reference: model, scorer } as never,
        [{ id: 'a', prompt: [1] }],
        dpo({ beta: 0.1 }),
        {
          ...shared,
          maxNewTokens: 2,
        },
      ),
    ).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('runs in one process, got 2'),
    });
  });
});
