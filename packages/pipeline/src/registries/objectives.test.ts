import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeByRow } from '@ais/objectives';
import { paperRloo } from '@ais/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { presetSettings } from '../settings/presets.js';
import {
  type ChosenSettings,
  chooseObjective,
  objectiveNames,
  requireUsedBeta,
  withObjective,
} from './objectives.js';

const settings: ChosenSettings = { objective: 'dpo', objectiveOptions: {}, beta: 0.1, importance: 'none' };

const batch = () => ({
  policyChosen: tf.tensor1d([-3, -5]),
  policyRejected: tf.tensor1d([-4.5, -3.5]),
  referenceChosen: tf.tensor1d([-3.5, -5.5]),
  referenceRejected: tf.tensor1d([-4.5, -3]),
  chosenLength: tf.tensor1d([3, 5]),
  rejectedLength: tf.tensor1d([4, 4]),
  chosenCertainty: tf.tensor1d([-0.5, -0.1]),
  rejectedCertainty: tf.tensor1d([-0.2, -0.3]),
  chosenReward: tf.tensor1d([1, 0.5]),
  rejectedReward: tf.tensor1d([0.25, 1]),
});

const TOKENS = /^(policy|reference)(Chosen|Rejected)$/;

/** The same with the log-probabilities of tokens, equal within each response. */
function withTokens(pairs: ReturnType<typeof batch>) {
  const rows = (lengths: tf.Tensor1D) =>
    tf.tensor1d(
      [...lengths.dataSync()].flatMap((length, row) => new Array<number>(length).fill(row)),
      'int32',
    );
  const [chosenTokenRow, rejectedTokenRow] = [rows(pairs.chosenLength), rows(pairs.rejectedLength)];
  const tokens = Object.entries(pairs).flatMap(([field, sums]) => {
    if (!TOKENS.test(field)) return [];
    const chosen = field.endsWith('Chosen');
    const means = tf.div<tf.Tensor1D>(sums, chosen ? pairs.chosenLength : pairs.rejectedLength);
    return [[`${field}Tokens`, takeByRow(means, chosen ? chosenTokenRow : rejectedTokenRow)]];
  });
  return { ...pairs, chosenTokenRow, rejectedTokenRow, ...Object.fromEntries(tokens) };
}

async function losses(more: Partial<ChosenSettings>): Promise<number[]> {
  const chosen = await chooseObjective({ ...settings, ...more });
  if (chosen.feedback !== 'pairs') throw new Error('expected an objective over pairs');
  return [...chosen.objective.evaluate(withTokens(batch())).losses.dataSync()];
}

describe('the objectives that have names', () => {
  it.each(objectiveNames)('include %s', async (objective) => {
    const objectiveOptions: ChosenSettings['objectiveOptions'] =
      objective === 'weighted-sum' ? { dpo: 0.8, 'bco-pair': 0.2, 'chosen-sft': 1 } : {};
    const chosen = await chooseObjective({ ...settings, objective, objectiveOptions });
    const feedback =
      { rloo: 'samples', gspo: 'samples', luspo: 'samples', cispo: 'samples', kto: 'unpaired' }[objective] ??
      'pairs';
    expect(chosen.feedback).toBe(feedback);
    if (chosen.feedback !== 'pairs') return;
    expect((await losses({ objective, objectiveOptions })).every(Number.isFinite)).toBe(true);
  });

  it('are weighted by importance where the name or the setting says so', async () => {
    const plain = await losses({});
    const adaptive = await losses({ objective: 'ais-dpo' });
    expect(adaptive).not.toEqual(plain);
    expect(await losses({ importance: 'inverse-length' })).toEqual(adaptive);
    expect(await losses({ importance: { smoothing: 'inverse-length' } })).toEqual(adaptive);
    expect(await losses({ objective: 'ais-dpo', importance: 'inverse-length' })).toEqual(adaptive);
    expect(await losses({ importance: 0 })).toEqual(plain);
    expect(await losses({ objectiveOptions: { labelSmoothing: 0.2 } })).not.toEqual(plain);
  });

  it.each([
    ['pool', { pool: 'pair' }],
    ['clip', { clip: { upper: 0.01 } }],
    ['selfNormalized', { selfNormalized: true }],
    ['meanWeightOnly', { meanWeightOnly: true }],
    ['smoothing', { smoothing: 0.3 }],
    ['mask', { mask: { upper: 0.01 } }],
    ['clipResponses.outside', { clipResponses: { upper: 0.01, outside: 'mask' } }],
    ['clipTokens', { clipTokens: { upper: 0.01 } }],
    ['clipResponses', { clipResponses: { upper: 0.01 } }],
    ['filter', { filter: { lower: 0 } }],
    ['vespo', { vespo: {} }],
    ['vespo.chosen', { vespo: { chosen: { k: 1, lambda: 0 } } }],
  ] as const)('take the weights’ option %s', async (_, options) => {
    const adaptive = await losses({ importance: 'inverse-length' });
    const changed = await losses({ importance: { smoothing: 'inverse-length', ...options } });
    expect(changed).not.toEqual(adaptive);
  });

  it('weigh tokens where importance says so, and change no loss', async () => {
    const chosen = await chooseObjective({ ...settings, importance: { smoothing: 1, level: 'token' } });
    expect(chosen.objective).toMatchObject({ name: 'token-ais-dpo', requires: { tokens: true } });
    expect(await losses({ importance: { smoothing: 1, level: 'token' } })).toEqual(await losses({}));
    const both = chooseObjective({ ...settings, importance: { smoothing: 1, level: 'token', vespo: {} } });
    await expect(both).rejects.toThrow(/importance: vespo is about the weight of a pair/);
  });

  it.each([
    ['simpo', { gamma: 0.5 }, { gamma: 1 }],
    ['alpha-po', { alpha: 0.25, gamma: 0.5 }, { alpha: 0.1 }],
    ['alpha-po', {}, { gamma: 1 }],
    ['cpo', { sftWeight: 1 }, { sftWeight: 0 }],
    ['ld-dpo', { alpha: 0.5 }, { alpha: 0 }],
    ['humanline-dpo', { lower: -1, upper: 1.5 }, { lower: -0.01 }],
    ['humanline-dpo', {}, { labelSmoothing: 0.1 }],
  ])('take the options of %s, %j by default, not %j', async (objective, usual, others) => {
    const byDefault = await losses({ objective });
    expect(await losses({ objective, objectiveOptions: usual })).toEqual(byDefault);
    expect(await losses({ objective, objectiveOptions: others })).not.toEqual(byDefault);
  });

  it.each(['simpo', 'alpha-po', 'orpo', 'cpo'])(
    'need no reference for %s unless it is weighted',
    async (name) => {
      const requires = async (objective: string) =>
        (await chooseObjective({ ...settings, objective })).objective.requires;
      expect(await requires(name)).toMatchObject({ reference: false });
      expect(await requires(`ais-${name}`)).toMatchObject({ reference: true });
    },
  );

  it('make β the λ of ORPO, as TRL does', async () => {
    const [weak, strong] = await Promise.all([0.1, 1].map((beta) => losses({ objective: 'orpo', beta })));
    const nll = [3 / 3, 5 / 5];
    const odds = (list: readonly number[] = []) => list.map((loss, row) => loss - (nll[row] ?? 0));
    odds(weak).forEach((value, row) => {
      expect(odds(strong)[row]).toBeCloseTo(10 * value, 5);
    });
  });

  it('add up to a weighted sum, weighted by importance or not', async () => {
    const parts = await Promise.all(['dpo', 'chosen-sft'].map((objective) => losses({ objective })));
    const sum = parts[0]?.map((loss, row) => 0.8 * loss + 2 * (parts[1]?.[row] ?? Number.NaN));
    const objectiveOptions = { dpo: 0.8, 'chosen-sft': 2 };
    const added = await losses({ objective: 'weighted-sum', objectiveOptions });
    added.forEach((loss, row) => {
      expect(loss).toBeCloseTo(sum?.[row] ?? Number.NaN, 5);
    });
    expect(await losses({ objective: 'ais-weighted-sum', objectiveOptions })).not.toEqual(added);
    const refusal = (options: ChosenSettings['objectiveOptions']) =>
      chooseObjective({ ...settings, objective: 'weighted-sum', objectiveOptions: options });
    await expect(refusal({})).rejects.toThrow(/weighted-sum needs objectives and their weights, such as/);
    await expect(refusal({ dpp: 1 })).rejects.toThrow(/weighted-sum has no option "dpp". Did you mean "dpo"/);
    await expect(refusal({ rloo: 1 })).rejects.toThrow(/weighted-sum has no option "rloo"/);
    await expect(refusal({ dpo: 'much' })).rejects.toThrow(/weight must be a finite number ≥ 0, got "much"/);
  });

  it('are bounded token by token where the name says so, and weighted outside', async () => {
    const chosen = await chooseObjective({ ...settings, objective: 'ais-humanline-ipo' });
    expect(chosen.objective.name).toBe('ais-humanline-ipo');
    expect(chosen.objective.requires).toMatchObject({ tokens: true });
    const sum = await losses({
      objective: 'humanline-weighted-sum',
      objectiveOptions: { dpo: 1, 'apo-zero': 0.5, upper: 0.01 },
    });
    expect(sum.every(Number.isFinite)).toBe(true);
    const rloo = await chooseObjective({ ...settings, objective: 'humanline-rloo' });
    expect(rloo).toMatchObject({ feedback: 'samples', objective: { name: 'humanline-rloo' } });
    await expect(chooseObjective({ ...settings, objective: 'humanline-simpo' })).rejects.toThrow(
      /humanline: simpo reads no reference/,
    );
    await expect(chooseObjective({ ...settings, objective: 'humanline-dpp' })).rejects.toThrow(
      /no installed package, named "humanline-dpp"/,
    );
    const unknown = { ...settings, objective: 'humanline-dpo', objectiveOptions: { lowest: 1 } };
    await expect(chooseObjective(unknown)).rejects.toThrow(/no option "lowest". Did you mean "lower"/);
  });

  it('suggest the nearest name, and refuse options that an objective does not have', async () => {
    await expect(chooseObjective({ ...settings, objective: 'ipp' })).rejects.toThrow(
      /named "ipp".*Did you mean "ipo"/,
    );
    const unknown = chooseObjective({ ...settings, objective: 'rpo', objectiveOptions: { etta: 1 } });
    await expect(unknown).rejects.toThrow(/rpo has no option "etta".*"eta"/);
  });

  it('refuse weights that do not apply', async () => {
    const online = chooseObjective({ ...settings, objective: 'rloo', importance: 0.1 });
    await expect(online).rejects.toThrow(/importance: rloo learns from samples/);
    const labeled = chooseObjective({ ...settings, objective: 'ais-kto' });
    await expect(labeled).rejects.toThrow(/importance: ais-kto learns from labeled responses one by one/);
    const whole = chooseObjective({ ...settings, objective: 'ais-aot' });
    await expect(whole).rejects.toThrow(/importance: ais-aot compares the pairs/);
    const twice = chooseObjective({ ...settings, objective: 'ais-dpo', importance: 0.05 });
    await expect(twice).rejects.toThrow(/ais-dpo has weights.*--objective dpo/);
  });

  it('imply that they learn online', async () => {
    expect(await withObjective({ ...settings, objective: 'rloo' })).toMatchObject({ online: true });
    expect(await withObjective({ ...settings, objective: 'ais-ipo' })).toMatchObject({
      online: false,
      importance: 'inverse-length',
    });
  });
});

it('RLOO has the paper’s settings at its scale', () => {
  const { batchSize, steps, learningRate, warmupFraction } = paperRloo;
  const { training } = presetSettings('train', 'paper', 'rloo') as { training: object };
  expect(training).toMatchObject({ batchSize, steps, learningRate, warmupFraction, schedule: 'constant' });
});

it('objectives without a reference have a β of their own, weighted or not', () => {
  const betaOf = (objective: string) => presetSettings('train', 'tiny', objective)['beta'];
  expect(['simpo', 'ais-simpo', 'alpha-po', 'orpo', 'cpo'].map(betaOf)).toEqual([2, 2, 2.5, 0.1, 0.1]);
  expect(['gspo', 'luspo', 'cispo', 'humanline-gspo'].map(betaOf)).toEqual([0, 0, 0, 0]);
  for (const name of ['dpo', 'hy-po', './simpo.js', 'constructor']) expect(betaOf(name)).toBeUndefined();
  expect(presetSettings('sft', 'tiny', 'simpo')['beta']).toBeUndefined();
});

describe('objectives from outside', () => {
  let folder = '';
  const objective = (name: string, feedback = '"pairs"'): string =>
    `({ specificationVersion: 'v1', name: '${name}', requires: { feedback: ${feedback}, reference: false },
       evaluate: ({ policyRejected }) => ({ losses: policyRejected.clone(), metrics: {} }) })`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ais-plugins-'));
    await writeFile(join(folder, 'ais-dpo.mjs'), `export default ({ beta }) => (${objective('mine')});`);
    await writeFile(
      join(folder, 'broken.mjs'),
      `export const simpo = ${objective('simpo')}; export const vague = ${objective('vague', 'undefined')};
       export const fails = () => { throw new Error('no gamma'); }; export default 3;`,
    );
    for (const [name, code] of [
      ['ais-plugin', `export default ${objective('of-a-package')};`],
      ['@somebody/objectives', `export const simpo = ({ beta }) => (${objective('scoped')});`],
    ] as const) {
      const place = join(folder, 'node_modules', name);
      await mkdir(place, { recursive: true });
      await writeFile(
        join(place, 'package.json'),
        JSON.stringify({ name, type: 'module', exports: './index.js' }),
      );
      await writeFile(join(place, 'index.js'), code);
    }
    // A file with the name that an installed package has, to be passed over.
    await writeFile(join(folder, 'plugin'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const chosenName = async (specifier: string): Promise<string> => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const chosen = await chooseObjective({ ...settings, objective: specifier });
    return chosen.objective.name;
  };

  it.each([
    ['a path whose file is called like an adaptive objective', './ais-dpo.mjs', 'mine'],
    ['an export of a file', './broken.mjs#simpo', 'simpo'],
    ['an installed package whose name starts with ais-', 'ais-plugin', 'of-a-package'],
    ['an export of a scoped package', '@somebody/objectives#simpo', 'scoped'],
  ])('are found: %s', async (_, specifier, name) => {
    expect(await chosenName(specifier)).toBe(name);
  });

  it('that are values take neither options nor β, and functions take both', async () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const value = { ...settings, objective: './broken.mjs#simpo' };
    await expect(chooseObjective({ ...value, objectiveOptions: { gamma: 2 } })).rejects.toMatchObject({
      key: 'objectiveOptions',
      message: expect.stringMatching(
        /broken\.mjs#simpo has no option "gamma".*Leave it out, or export a function/,
      ),
    });
    await expect(requireUsedBeta({ ...value, beta: 0.5 })).rejects.toMatchObject({
      key: 'beta',
      message: expect.stringMatching(/takes no β, and 0\.5 was given/),
    });
    await requireUsedBeta({ ...value, beta: 0.05 });
    const made = { ...settings, objective: './ais-dpo.mjs', beta: 0.5, objectiveOptions: { gamma: 2 } };
    await requireUsedBeta(made);
    await requireUsedBeta({ ...settings, beta: 0.5 });
    expect((await chooseObjective(made)).objective.name).toBe('mine');
  });

  it.each([
    ['./nowhere.js', /the file does not exist/],
    ['./broken.mjs', /neither an objective .* nor a function/],
    ['./broken.mjs#simpa', /no export "simpa".*simpo, vague|no export "simpa".*It exports/],
    ['./broken.mjs#vague', /its requires must say what it reads/],
    ['./broken.mjs#fails', /its factory failed: no gamma/],
    ['@somebody/nothing', /no installed package, named "@somebody\/nothing"/],
  ])('are refused with the reason: %s', async (specifier, message) => {
    await expect(chosenName(specifier)).rejects.toThrow(message);
  });
});

it('RPO has the paper’s form and TRL’s', async () => {
  const paper = await losses({ objective: 'rpo' });
  expect(await losses({ objective: 'rpo', objectiveOptions: { average: 'none' } })).toEqual(paper);
  expect(await losses({ objective: 'rpo', objectiveOptions: { average: 'batch' } })).not.toEqual(paper);
});
