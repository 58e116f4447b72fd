import { existsSync, readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import {
  adaptiveImportance,
  dpo,
  fixed,
  type Objective,
  rebel,
  type ScoredPairBatch,
  weightedSum,
} from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { expectResumesBitForBit } from '../../test/resumed-run.js';
import { runFolder } from '../../test/run-folder.js';
import { END, tinyModel, tinyPairs } from '../../test/tiny-model.js';
import { evaluatePreference } from '../evaluation/evaluate-preference.js';
import { computeReferenceLogProbs } from '../inference/reference-log-probs.js';
import { cosineSchedule } from '../optimizer/schedules.js';
import { type PreferenceOptions, trainPreference } from './preference.js';

const folder = runFolder();
const models: CausalLanguageModel[] = [];
const newModel = (seed?: number): CausalLanguageModel => {
  const model = tinyModel(seed);
  models.push(model);
  return model;
};
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

const options = (name: string, more: Partial<PreferenceOptions> = {}): PreferenceOptions => ({
  directory: folder(name),
  seed: 1,
  batchSize: 4,
  learningRate: 1e-2,
  maxGradientNorm: 1,
  ...more,
});

describe('trainPreference', () => {
  it('starts with every log-ratio at 0, whichever micro-batches', async () => {
    const pairs = tinyPairs(13);
    for (const microBatchSize of [1, 3, 4]) {
      const model = newModel();
      const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 4 });
      const seen: number[] = [];
      const probe: Objective = {
        specificationVersion: 'v1',
        name: 'probe',
        requires: { feedback: 'pairs', reference: true },
        evaluate(batch) {
          const chosen = tf.sub(batch.policyChosen, batch.referenceChosen) as tf.Tensor1D;
          const rejected = tf.sub(batch.policyRejected, batch.referenceRejected) as tf.Tensor1D;
          seen.push(...chosen.dataSync(), ...rejected.dataSync());
          return { losses: tf.add(chosen, rejected), metrics: {} };
        },
      };
      await trainPreference(
        model,
        reference,
        pairs,
        probe,
        options(`${microBatchSize}`, { learningRate: 0, microBatchSize }),
      );
      const trained = seen.slice(6); // The first three pairs are those that config.json records the objective by.
      expect(trained).toHaveLength(26);
      for (const ratio of trained) expect(Math.abs(ratio)).toBeLessThan(1e-4);
    }
  });

  it('reaches the closed form of DPO, π_ref·exp(r/β)/Z, where the responses can be enumerated', async () => {
    // Odds of 2 : 1 and 4 : 1 are rewards 0, log 2, and 2·log 2 under Bradley and Terry, exactly, by counting.
    const prompt = [1, 2];
    const responses = [
      [3, END],
      [4, 5, END],
      [6, END],
    ];
    const rewards = [0, Math.log(2), 2 * Math.log(2)];
    const pairs: TokenizedPair[] = [];
    for (const [low, high, wins, losses] of [
      [0, 1, 2, 1],
      [1, 2, 2, 1],
      [0, 2, 4, 1],
    ] as const) {
      const pair = (chosen: number, rejected: number) => ({
        prompt,
        chosen: responses[chosen]!,
        rejected: responses[rejected]!,
      });
      for (let copy = 0; copy < wins; copy++) pairs.push({ id: `${pairs.length}`, ...pair(high, low) });
      for (let copy = 0; copy < losses; copy++) pairs.push({ id: `${pairs.length}`, ...pair(low, high) });
    }
    const beta = 0.5;
    const model = newModel();
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: pairs.length });
    const sums = (): number[] =>
      responses.map(
        (response) =>
          model.responseLogProbs([{ prompt, chosen: response, rejected: response }]).chosen.dataSync()[0]!,
      );
    const start = sums();
    await trainPreference(
      model,
      reference,
      pairs,
      dpo({ beta }),
      options('run', { batchSize: pairs.length, steps: 100, learningRate: 2e-2, schedule: cosineSchedule() }),
    );
    const ratios = sums().map((value, index) => value - start[index]!);
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const) {
      expect(Math.abs(ratios[b]! - ratios[a]! - (rewards[b]! - rewards[a]!) / beta)).toBeLessThan(0.01);
    }
  });

  it('takes an objective from anywhere, and logs what it measures', async () => {
    const plugin: Objective = {
      specificationVersion: 'v1',
      name: 'plugin',
      requires: { feedback: 'pairs', reference: false, certainty: true },
      evaluate: ({ policyChosen, policyRejected, chosenCertainty, rejectedCertainty, behaviorChosen }) => ({
        losses: tf.square(tf.sub(policyChosen, policyRejected)) as tf.Tensor1D,
        metrics: {
          certainty: tf.add(chosenCertainty!, rejectedCertainty!) as tf.Tensor1D,
          behavior: behaviorChosen ?? tf.zerosLike(policyChosen),
          'of/the-batch': tf.ones([1]),
        },
      }),
    };
    const pairs = tinyPairs(6);
    const model = newModel();
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 2 });
    const behavior = await computeReferenceLogProbs(newModel(2), pairs, { microBatchSize: 2 });
    const { metrics } = await trainPreference(
      model,
      reference,
      pairs,
      plugin,
      options('run', { batchSize: 6, microBatchSize: 4, steps: 20, behaviorLogProbs: behavior }),
    );
    expect(metrics['loss']).toBeLessThan(5);
    expect(metrics['certainty']).not.toBe(0);
    expect(metrics['behavior']).toBeCloseTo(behavior.chosen.reduce((sum, value) => sum + value, 0) / 6, 4);
    expect(metrics['of/the-batch']).toBe(1);
    expect(metrics['logps/chosen']).toBeLessThan(0);
  });

  it('computes nothing that the objective does not read', async () => {
    const free: Objective = {
      specificationVersion: 'v1',
      name: 'reference-free',
      requires: { feedback: 'pairs', reference: false },
      evaluate(batch) {
        expect(Object.keys(batch).sort()).toEqual([
          'chosenLength',
          'policyChosen',
          'policyRejected',
          'rejectedLength',
        ]);
        return { losses: tf.sub(batch.policyRejected, batch.policyChosen), metrics: {} };
      },
    };
    const pairs = tinyPairs(4);
    const model = newModel();
    const before = tf.memory().numTensors;
    await trainPreference(model, undefined, pairs, free, options('free', { batchSize: 4, steps: 2 }));
    expect(tf.memory().numTensors).toBe(before);
    const configuration = JSON.parse(readFileSync(folder('free/config.json'), 'utf8'));
    expect(configuration).not.toHaveProperty('reference');
    const metrics = await evaluatePreference(model, undefined, pairs, free);
    expect(metrics['eval_preference_loss']).toBeLessThan(0);

    const dpoRun = trainPreference(model, undefined, pairs, dpo({ beta: 0.1 }), options('dpo'));
    await expect(dpoRun).rejects.toMatchObject({ code: 'missing-reference' });
    await expect(evaluatePreference(model, undefined, pairs, dpo({ beta: 0.1 }))).rejects.toThrow(
      'The objective "dpo" reads the reference',
    );
    const moving = options('moving', { referenceSync: { model: newModel(2), every: 1 } });
    await expect(trainPreference(model, undefined, pairs, free, moving)).rejects.toThrow(
      '"reference-free" reads no reference, so there is none to move',
    );
  });

  it('tries the objective before anything else, and names it', async () => {
    const broken: Objective = { ...dpo({ beta: 0.1 }), name: 'broken', evaluate: () => ({}) as never };
    // Neither model nor data is looked at.
    const nothing = { parameters: undefined } as never;
    await expect(trainPreference(nothing, undefined, [], broken, options('run'))).rejects.toThrow(
      'The objective "broken" must give one loss per example',
    );
    expect(existsSync(folder('run'))).toBe(false);
  });

  it('refuses log-probabilities that a pair lacks, naming the pair', async () => {
    const pairs = tinyPairs(4);
    const model = newModel();
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 4 });
    const short = { ...reference, rejected: reference.rejected.slice(0, 3) };
    const objective = dpo({ beta: 0.1, importance: adaptiveImportance() });
    await expect(trainPreference(model, short, pairs, objective, options('a'))).rejects.toThrow(
      'The reference of this run: the log-probability of pair "pair-3" is missing',
    );
    const chosen = reference.chosen.map((value, index) => (index === 1 ? Number.NaN : value));
    const behaviorLogProbs = { ...reference, chosen };
    const run = trainPreference(model, reference, pairs, objective, options('b', { behaviorLogProbs }));
    await expect(run).rejects.toThrow(
      'The behavior policy of this run: the log-probability of pair "pair-1" is NaN',
    );
  });

  it('logs rewards and importance weights by the names that TRL’s users know', async () => {
    const pairs = tinyPairs(8);
    const model = newModel();
    const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize: 4 });
    const objective = dpo({ beta: 0.1, importance: adaptiveImportance({ smoothing: fixed(0.5) }) });
    const { metrics } = await trainPreference(
      model,
      reference,
      pairs,
      objective,
      options('run', { batchSize: 8, microBatchSize: 3, steps: 5 }),
    );
    for (const name of ['chosen', 'rejected', 'accuracies', 'margins'])
      expect(metrics).toHaveProperty([`rewards/${name}`]);
    expect(metrics['weights/max']).toBeGreaterThanOrEqual(metrics['weights/mean']!);
    expect(metrics['weights/effective_sample_size']).toBeGreaterThan(1 / 8);
    expect(metrics['weights/effective_sample_size']).toBeLessThanOrEqual(1);
  });

  it('logs the weights of every term of a sum of the whole batch', async () => {
    const pairs = tinyPairs(8);
    const [model, from] = [newModel(), newModel(2)];
    const reference = await computeReferenceLogProbs(from, pairs, { microBatchSize: 4 });
    const weighted = dpo({ beta: 0.1, importance: adaptiveImportance() });
    const objective = weightedSum([
      { objective: weighted, weight: 1 },
      { objective: weighted, weight: 1 },
    ]);
    const { metrics } = await trainPreference(
      model,
      reference,
      pairs,
      objective,
      options('run', { batchSize: 8, microBatchSize: 3, steps: 1, startsAwayFromReference: true }),
    );
    for (const name of ['max', 'effective_sample_size'])
      expect(metrics[`ais-dpo-2/weights/${name}`]).toBe(metrics[`weights/${name}`]);
    expect(metrics['weights/max']).toBeGreaterThan(metrics['weights/mean']!);
  });

  it('resumes bit for bit after an interruption', async () => {
    const pairs = tinyPairs(12);
    const reference = await computeReferenceLogProbs(newModel(), pairs, { microBatchSize: 2 });
    const objective = dpo({ beta: 0.1, importance: adaptiveImportance() });
    const common = { epochs: 2, microBatchSize: 2, checkpointEvery: 5 };
    const train = (name: string, more: Partial<PreferenceOptions>) =>
      trainPreference(newModel(), reference, pairs, objective, options(name, { ...common, ...more }));
    await expectResumesBitForBit(folder, train, { abortAt: 4, lastStep: 6 });

    const other = dpo({ beta: 0.2, importance: adaptiveImportance() });
    await expect(
      trainPreference(newModel(), reference, pairs, other, options('broken', { ...common, resume: true })),
    ).rejects.toMatchObject({ key: 'objective.lossesAtProbe' });
  });

  it('gives an objective the numbers that it names, and asks for them by name', async () => {
    const scored = tinyPairs(5).map((pair, index) => ({
      ...pair,
      numbers: { chosenReward: index / 2, rejectedReward: -1, margin: 9 },
    }));
    const model = newModel();
    const reference = await computeReferenceLogProbs(model, scored, { microBatchSize: 4 });
    const seen: number[] = [];
    const objective: Objective = {
      ...(rebel({ beta: 0.1 }) as Objective),
      evaluate(batch) {
        const { chosenReward, rejectedReward } = batch as ScoredPairBatch;
        expect(Object.keys(batch)).not.toContain('margin');
        if (batch.policyChosen.size !== 3) seen.push(...tf.sub(chosenReward, rejectedReward).dataSync());
        return rebel({ beta: 0.1 }).evaluate(batch as ScoredPairBatch);
      },
    };
    await trainPreference(
      model,
      reference,
      scored,
      objective,
      options('scored', { batchSize: 5, microBatchSize: 1, steps: 1 }),
    );
    expect(seen.sort()).toEqual([1, 1.5, 2, 2.5, 3]);
    const held = await evaluatePreference(model, reference, scored, objective);
    expect(held['eval_preference_loss']).toBeGreaterThan(0);
    const [first, ...rest] = scored;
    const lacking = [...rest, { ...first!, numbers: { chosenReward: 1 } }];
    const other = await computeReferenceLogProbs(newModel(), lacking as never, { microBatchSize: 4 });
    const run = trainPreference(newModel(), other, lacking as never, objective, options('lacking'));
    await expect(run).rejects.toMatchObject({
      code: 'missing-column',
      exit: 'usage',
      message: expect.stringMatching(/"rebel" reads rejectedReward of each pair, and pair "pair-0" has none/),
    });
  });

  it('refuses a reference of another model or of other pairs, and objectives that do not fit', async () => {
    const pairs = tinyPairs(4);
    const [model, other] = [newModel(), newModel(2)];
    const reference = await computeReferenceLogProbs(other, pairs, { microBatchSize: 2 });
    const objective = dpo({ beta: 0.1 });
    const mismatch = { code: 'reference-mismatch' };
    await expect(trainPreference(model, reference, pairs, objective, options('a'))).rejects.toMatchObject(
      mismatch,
    );
    await expect(
      trainPreference(other, reference, tinyPairs(5), objective, options('b')),
    ).rejects.toMatchObject(mismatch);
    await trainPreference(
      model,
      reference,
      pairs,
      objective,
      options('c', { startsAwayFromReference: true, steps: 1 }),
    );
    const samples: Objective = { ...objective, requires: { feedback: 'samples', reference: true } };
    const whole: Objective = { ...objective, requires: { ...objective.requires, wholeBatch: true } };
    const unsupported = { code: 'unsupported-objective' };
    await expect(trainPreference(other, reference, pairs, samples, options('d'))).rejects.toMatchObject(
      unsupported,
    );
    await expect(
      trainPreference(other, reference, pairs, whole, options('e', { microBatchSize: 2 })),
    ).rejects.toMatchObject(unsupported);
    const scalar: Objective = { ...objective, evaluate: () => ({ losses: tf.ones([1]), metrics: {} }) };
    await expect(trainPreference(other, reference, pairs, scalar, options('f'))).rejects.toMatchObject(
      unsupported,
    );
  });
});

describe('computeReferenceLogProbs', () => {
  it('is stored, read back, and refused where it does not fit or is damaged', async () => {
    const path = folder('reference.json');
    const pairs = tinyPairs(5);
    const model = newModel();
    const completed: number[] = [];
    const first = await computeReferenceLogProbs(model, pairs, {
      microBatchSize: 2,
      path,
      onProgress: (done) => completed.push(done),
    });
    expect(completed).toEqual([2, 4, 5]);
    const second = await computeReferenceLogProbs(model, pairs, {
      microBatchSize: 2,
      path,
      onProgress: () => expect.fail('computed again'),
    });
    expect(second).toEqual(first);
    const mismatch = { code: 'reference-mismatch' };
    const again = { microBatchSize: 2, path };
    await expect(computeReferenceLogProbs(newModel(2), pairs, again)).rejects.toMatchObject(mismatch);
    await expect(computeReferenceLogProbs(model, tinyPairs(4), again)).rejects.toMatchObject(mismatch);
    const content = await readFile(path, 'utf8');
    await writeFile(path, content.replace(/"chosen":\[-\d/, '"chosen":[-9'));
    await expect(computeReferenceLogProbs(model, pairs, again)).rejects.toThrow(/damaged/);
    // As long as a list of a billion numbers, to code that takes it for one.
    await writeFile(path, content.replace(/"chosen":\[[^\]]*\]/, '"chosen":{"length":1e9}'));
    await expect(computeReferenceLogProbs(model, pairs, again)).rejects.toThrow(/damaged/);
    await writeFile(path, content.slice(0, 100));
    await expect(computeReferenceLogProbs(model, pairs, again)).rejects.toThrow(/damaged/);
    await expect(
      computeReferenceLogProbs(model, pairs, { microBatchSize: 2, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('resumes where it was interrupted, and starts over for another model', async () => {
    const path = folder('reference.json');
    const pairs = tinyPairs(9);
    const model = newModel();
    const counting = (limit: number) => {
      const stop = new AbortController();
      let batches = 0;
      const counted = {
        parameters: model.parameters,
        responseLogProbs: ((...args) => {
          batches += 1;
          if (batches === limit) stop.abort();
          return model.responseLogProbs(...args);
        }) as CausalLanguageModel['responseLogProbs'],
      };
      const options = { microBatchSize: 2, path, signal: stop.signal };
      return { run: () => computeReferenceLogProbs(counted, pairs, options), batches: () => batches };
    };
    await expect(counting(3).run()).rejects.toMatchObject({ name: 'AbortError' });
    const resumed = counting(99);
    expect(await resumed.run()).toEqual(await computeReferenceLogProbs(model, pairs, { microBatchSize: 2 }));
    expect(resumed.batches()).toBe(2);
    expect(existsSync(`${path}.partial`)).toBe(false);

    await rm(path);
    await expect(counting(1).run()).rejects.toMatchObject({ name: 'AbortError' });
    const other = newModel(2);
    const options = { microBatchSize: 2 };
    expect(await computeReferenceLogProbs(other, pairs, { ...options, path })).toEqual(
      await computeReferenceLogProbs(other, pairs, options),
    );
  });
});
