import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type Examples,
  loadTemplate,
  openSource,
  type TokenizedExample,
  type TokenizedPair,
} from '@ais/data';
import { prepareDataset } from '@ais/data/prepared';
import { trainTokenizer } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import {
  openCorpus,
  runEvaluate,
  runGenerate,
  runReward,
  runSft,
  runTrain,
  savedText,
  sourceLayer,
  textLayer,
} from '@ais/pipeline';
import { type CommandName, type Layer, readSettings, type Settings } from '@ais/pipeline/settings';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeCorpus } from '../src/stages/corpus-stage.js';
import { trainGold } from '../src/stages/gold-stage.js';
import { chooseMethod } from '../src/stages/preference-stage.js';

/** What a command gave to the trainer: nothing is trained here. */
interface Given {
  learned?: readonly (TokenizedExample | TokenizedPair)[];
  heldOut?: readonly (TokenizedExample | TokenizedPair)[];
  /** Prompts that are evaluated on. */
  judged?: readonly (readonly number[])[];
  objective?: Objective;
  behavior?: readonly number[] | undefined;
}

const given = vi.hoisted(() => ({ now: {} as Given }));
const zeros = (pairs: { readonly length: number }) => ({
  chosen: new Float32Array(pairs.length),
  rejected: new Float32Array(pairs.length),
  fingerprint: { model: '', data: '' },
});
const done = { steps: 1, metrics: {} };

vi.mock('@ais/trainer', async (original) => ({
  ...(await original<typeof import('@ais/trainer')>()),
  trainSft: async (_: unknown, learned: Examples<TokenizedExample>, options: Options) => {
    given.now.learned = [...learned];
    await options.onEvaluate?.({ step: 0 });
    return done;
  },
  supervisedLoss: async (_: unknown, heldOut: Examples<TokenizedExample>) => {
    given.now.heldOut = [...heldOut];
    return 0;
  },
  computeReferenceLogProbs: async (_: unknown, pairs: Examples<TokenizedPair>) => zeros(pairs),
  openReferenceLogProbs: async (_: unknown, pairs: Examples<TokenizedPair>) => ({
    ...zeros(pairs),
    close: async () => {},
  }),
  trainPreference: async (
    _: unknown,
    __: unknown,
    learned: Examples<TokenizedPair>,
    objective: Objective,
    options: Options,
  ) => {
    Object.assign(given.now, { learned: [...learned], objective });
    if (options.behaviorLogProbs) given.now.behavior = [...options.behaviorLogProbs.chosen];
    await options.onEvaluate?.({ step: 0 });
    return done;
  },
  evaluatePreference: async (_: unknown, __: unknown, heldOut: Examples<TokenizedPair>) => {
    given.now.heldOut = [...heldOut];
    return {};
  },
  policyEvaluator: (examples: TokenizedExample[]) => {
    given.now.judged = examples.map(({ prompt }) => prompt);
    return { evaluate: async () => ({ metrics: {}, responses: [] }) };
  },
  evaluateInParts: async (_: unknown, examples: TokenizedExample[]) => {
    given.now.judged = examples.map(({ prompt }) => prompt);
    return { metrics: {}, responses: [] };
  },
  trainRewardModel: async (_: unknown, learned: Examples<TokenizedPair>, options: Options) => {
    Object.assign(given.now, { learned: [...learned], heldOut: [...(options.validationPairs ?? [])] });
    return { ...done, offset: 0, validationAccuracy: 0 };
  },
  evaluateRewardModel: async () => ({
    accuracy: { rate: 0, low: 0, high: 1 },
    logLoss: 0,
    expectedCalibrationError: 0,
  }),
}));
vi.mock('@ais/trainer/inference', async (original) => ({
  ...(await original<typeof import('@ais/trainer/inference')>()),
  sampleResponses: async (_: unknown, prompts: number[][]) => {
    given.now.judged = prompts;
    return prompts.map(() => []);
  },
}));

interface Options {
  readonly onEvaluate?: (at: { readonly step: number }) => Promise<unknown>;
  readonly validationPairs?: Examples<TokenizedPair>;
  readonly behaviorLogProbs?: { readonly chosen: Float32Array };
}

let folder = '';
const at = (name: string): string => join(folder, name);
const model = (): string => at('base/model');
const lengths = { maxPromptTokens: 24, maxResponseTokens: 10 };

/** Questions of several families, some of them asked twice, some too long, and answers of which some are too long. */
const questions = Array.from({ length: 60 }, (_, index) => ({
  id: `q${index}`,
  question: `What is ${index % 40}?${index % 13 === 0 ? ' Think it over.'.repeat(12) : ''}`,
  answer: `${index}${index % 11 === 0 ? ' or so, and more'.repeat(6) : ''}`,
  ...(index % 5 === 0 && { family: `f${index % 3}` }),
}));
const pairsOfText = questions.map(({ id, question, answer }) => ({
  id,
  question,
  chosen: answer,
  rejected: 'no',
}));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-same-'));
  const texts = questions.map(({ question, answer }) => `Question: ${question}\nAnswer: ${answer}`);
  const tokenizer = await trainTokenizer(texts, { vocabularySize: 300 });
  const template = await loadTemplate('question-answer');
  const shape = { layerCount: 1, hiddenSize: 16, headCount: 2, maxPositions: 64 };
  const { vocabularySize } = tokenizer;
  const base = createModel({ ...shape, vocabularySize }, { seed: 1 });
  await mkdir(model(), { recursive: true });
  await savePretrained(base, model());
  base.dispose();
  await savedText({ tokenizer, template }, { data: undefined }).save(model());
  const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const renamed = questions.map(({ id, question, answer, family = '' }) => ({
    id,
    family,
    q: question,
    a: answer,
  }));
  const csv = ['id,family,q,a', ...renamed.map(({ id, family, q, a }) => `${id},${family},${q},"${a}"`)];
  await writeFile(at('text.jsonl'), jsonl(questions));
  await writeFile(at('text.csv'), csv.join('\n'));
  await writeFile(at('pairs-text.jsonl'), jsonl(pairsOfText));
  const tokens = questions.map(({ id, family }, index) => ({
    id,
    prompt: [40 + (index % 30), 41],
    chosen: [50, 60 + index, 0],
    rejected: [51, 0],
    chosenLogProb: -index - 1,
    rejectedLogProb: -2,
    ...(family !== undefined && { family }),
  }));
  await writeFile(at('pairs.jsonl'), jsonl(tokens));
  await writeFile(at('pairs.json'), JSON.stringify(tokens));
  await writeFile(at('pairs.txt.gz'), gzipSync(jsonl(tokens)));
  const limits = { ...lengths, longPrompts: 'drop', longResponses: 'drop', threads: 1 } as const;
  for (const [name, kind, options] of [
    ['text.jsonl', 'text', { template }],
    ['pairs-text.jsonl', 'comparisons', { template }],
  ] as const) {
    const source = openSource(at(name), { kind, ...options });
    await prepareDataset({ ...source, tokenizer, directory: at(`prepared-${kind}`), ...limits } as never);
  }
  for (const name of ['policy', 'base']) await mkdir(at(name), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

let runs = 0;

/** What a command gives to the trainer, and what it says about its text. */
async function observe(
  command: CommandName | 'study',
  flags: Layer & { readonly data?: Layer },
): Promise<Given & { readonly remarks: readonly string[] }> {
  given.now = {};
  const remarks: string[] = [];
  runs += 1;
  const directory = at(`run-${runs}`);
  const signal = new AbortController().signal;
  const step = {
    title: command,
    signal,
    onProgress: () => {},
    onWarning: (remark: string) => remarks.push(remark),
  };
  const context = { ...step, directory, resume: false };
  if (command === 'study') return { ...(await study(flags, directory)), ...given.now };
  const settings = await readSettings(command, {
    flags: { ...flags, model: model() },
    ofModel: textLayer,
    ofSource: sourceLayer,
  });
  if (command === 'sft') await runSft(settings as Settings<'sft'>, context);
  else if (command === 'train') await runTrain(settings as Settings<'train'>, context);
  else if (command === 'reward') await runReward(settings as Settings<'reward'>, context);
  else if (command === 'evaluate') await runEvaluate(settings as Settings<'evaluate'>, step);
  else await runGenerate(settings as Settings<'generate'>, at(`${runs}.jsonl`), context);
  return { ...given.now, remarks };
}

/** The stages of a study that read text: its corpus, and a gold model that is trained on given comparisons. */
async function study(
  flags: Layer & { readonly data?: Layer },
  directory: string,
): Promise<Given & { remarks: readonly string[] }> {
  const { source, columns, data: asked, pairs } = flags;
  const settings = await readSettings('sft', {
    flags: {
      ...(source !== undefined && { source }),
      ...(columns !== undefined && { columns }),
      ...(asked && { data: asked }),
      model: model(),
    },
    ofModel: textLayer,
    ofSource: sourceLayer,
  });
  const { data } = settings;
  await mkdir(directory, { recursive: true });
  const signal = new AbortController().signal;
  const context = { directory, title: 'study', signal, progress: () => {}, log: () => {} };
  const all = 'all' as const;
  const corpus = await makeCorpus(
    {
      request: {
        source: settings.source ?? at('text.jsonl'),
        columns: settings.columns,
        wanted: { supervised: all, reward: all, preference: all, evaluation: all },
        sizes: { supervised: 1, reward: 1, preference: 1, evaluation: 1 },
        lengths: data,
        seed: data.splitSeed,
      },
      vocabularySize: 300,
      tokenizer: model(),
    },
    {},
    context,
  );
  const { splits } = await openCorpus(directory);
  if (typeof pairs !== 'string') {
    return {
      learned: [...splits.supervised],
      heldOut: [...splits.evaluation],
      judged: [...splits.evaluation].map(({ prompt }) => prompt),
      remarks: corpus.remarks,
    };
  }
  const { training } = await readSettings('reward', { flags: { model: model(), source: at('text.jsonl') } });
  const { remarks = [] } = await trainGold(
    {
      judge: pairs,
      training,
      validationFraction: 0.1,
      seed: data.splitSeed,
      maxPromptTokens: data.maxPromptTokens,
      maxNewTokens: data.maxResponseTokens,
      longPrompts: data.longPrompts,
      longResponses: data.longResponses,
    },
    { corpus: directory, policy: at('base'), base: at('base') },
    { ...context, directory: `${directory}-gold` },
  );
  return { remarks };
}

/** Records as every command has them; of a pair, the preferred response. */
const records = (list: Given['learned'] = []): { readonly id: string }[] =>
  list.map((item) => ({
    id: item.id,
    prompt: item.prompt,
    response: 'response' in item ? item.response : item.chosen,
  }));

const drop = { longPrompts: 'drop', longResponses: 'drop' };
const sources: Readonly<Record<string, () => Layer>> = {
  'JSON Lines': () => ({ source: at('text.jsonl'), data: { ...lengths, ...drop } }),
  'CSV with columns of other names': () => ({
    source: at('text.csv'),
    columns: { question: 'q', answer: 'a' },
    data: { ...lengths, ...drop },
  }),
  'long responses cut': () => ({
    source: at('text.jsonl'),
    data: { ...lengths, ...drop, longResponses: 'cut' },
  }),
  'a prepared folder': () => ({ source: at('prepared-text') }),
};

describe.each(Object.entries(sources))('text: %s', (_, flagsOf) => {
  test('is the same records, held-out prompts, tokens, and remarks in every command', async () => {
    const flags = flagsOf();
    const training = { batchSize: 4 };
    const evaluation = { points: 1, prompts: 1000, klPrompts: 0 };
    const sft = await observe('sft', { ...flags, training, evaluation });
    expect(sft.learned?.length).toBeGreaterThan(20);
    expect(sft.heldOut?.length).toBeGreaterThan(0);
    expect(sft.remarks.length).toBeGreaterThan(0);
    const heldOut = sft.heldOut?.map(({ prompt }) => prompt) ?? [];
    for (const { prompt } of sft.learned ?? []) expect(heldOut).not.toContainEqual(prompt);
    const train = await observe('train', { ...flags, training, evaluation, validationFraction: 0 });
    const own = await observe('study', flags);
    for (const [other, judged] of [
      [train, train.judged],
      [own, own.judged],
    ] as const) {
      expect(records(other.learned)).toEqual(records(sft.learned));
      expect(judged).toEqual(heldOut);
      expect(other.remarks).toEqual(sft.remarks);
    }
    // These read one part alone, and count what was done to it.
    const alone = await observe('sft', { ...flags, training, evaluation: { ...evaluation, points: 0 } });
    const reward = await observe('reward', { ...flags, training, validationFraction: 0.1 });
    const { learned = [], heldOut: validated = [] } = reward;
    expect(validated.length).toBeGreaterThan(0);
    const ofReward = new Map(records([...learned, ...validated]).map((record) => [record.id, record]));
    expect(ofReward.size).toBe(sft.learned?.length);
    expect(records(sft.learned).map(({ id }) => ofReward.get(id))).toEqual(records(sft.learned));
    expect(reward.remarks).toEqual(alone.remarks);
    // It reads no response, so none is too long for it.
    const generate = await observe('generate', flags);
    const answered = generate.judged ?? [];
    for (const { prompt } of sft.learned ?? []) expect(answered).toContainEqual(prompt);
    for (const prompt of heldOut) expect(answered).not.toContainEqual(prompt);
    const ofPrompts = (remarks: readonly string[]): string[] =>
      remarks.filter((remark) => !/ response|held out/.test(remark));
    expect(ofPrompts(generate.remarks)).toEqual(ofPrompts(alone.remarks));
    // A prepared folder says what its preparation dropped.
    if (flags['source'] !== at('prepared-text')) expect(generate.remarks.join()).not.toMatch(/ response/);
    const evaluate = await observe('evaluate', { ...flags, prompts: 1000, klPrompts: 0 });
    expect(evaluate.judged).toEqual(heldOut);
  });

  test('has the tokens that ais data build gives it', async () => {
    const { learned = [], heldOut = [] } = await observe('sft', { ...flagsOf(), training: { batchSize: 4 } });
    const prepared = await observe('sft', { source: at('prepared-text'), training: { batchSize: 4 } });
    const known = records([...learned, ...heldOut]);
    const built = records([...(prepared.learned ?? []), ...(prepared.heldOut ?? [])]);
    expect(built.length).toBeGreaterThan(20);
    for (const record of built) expect(known).toContainEqual(record);
  });
});

const pairSources: Readonly<Record<string, () => Layer>> = {
  'tokens in JSON Lines': () => ({ pairs: at('pairs.jsonl') }),
  'tokens in a JSON array': () => ({ pairs: at('pairs.json') }),
  'tokens, compressed, under another extension': () => ({ pairs: at('pairs.txt.gz') }),
  text: () => ({ pairs: at('pairs-text.jsonl'), data: { ...lengths, ...drop } }),
  'a prepared folder': () => ({ pairs: at('prepared-comparisons'), data: drop }),
};

describe.each(Object.entries(pairSources))('pairs: %s', (name, flagsOf) => {
  test('are the same pairs, held-out pairs, and remarks in every command, without a source', async () => {
    const flags: Layer & { readonly data?: Layer } = { validationFraction: 0.1, ...flagsOf() };
    const training = { batchSize: 4 };
    const reward = await observe('reward', { ...flags, training });
    const evaluation = { points: 1, prompts: 1000, klPrompts: 0 };
    const train = await observe('train', { ...flags, training, evaluation });
    const own = await observe('study', { ...flagsOf(), model: model(), training });
    expect(reward.learned?.length).toBeGreaterThan(20);
    expect(reward.heldOut?.length).toBeGreaterThan(0);
    for (const other of [train, own]) {
      expect(other.learned).toEqual(reward.learned);
      expect(other.heldOut).toEqual(reward.heldOut);
      expect(other.remarks).toEqual(reward.remarks);
    }
    const families = new Set(reward.heldOut?.flatMap((pair) => ('family' in pair ? [pair.family] : [])));
    const prompts = new Set(reward.heldOut?.map(({ prompt }) => prompt.join()));
    for (const pair of reward.learned ?? []) {
      expect(prompts).not.toContain(pair.prompt.join());
      if ('family' in pair) expect(families).not.toContain(pair.family);
    }
    const evaluate = await observe('evaluate', { ...flags, prompts: 1000, klPrompts: 0 });
    expect(evaluate.judged).toEqual(train.judged);
    expect(new Set(evaluate.judged?.map((prompt) => prompt.join()))).toEqual(prompts);
    if (!name.startsWith('tokens')) return;
    const [first] = await Promise.all([
      observe('train', { ...flags, training, behavior: 'data', pairs: at('pairs.jsonl') }),
    ]);
    expect(first.learned).toEqual(train.learned);
    expect(first.behavior).toEqual(first.learned?.map(({ id }) => -Number(id.slice(1)) - 1));
  });
});

const weights = [
  'none',
  'inverse-length',
  0.5,
  { smoothing: 'inverse-sqrt-length', clip: { upper: 1.5 }, selfNormalized: true },
  { smoothing: 'inverse-length', meanWeightOnly: true },
  {
    smoothing: 1,
    clipResponses: { upper: 1.5 },
    filter: { lower: -0.4, upper: 0.4 },
    vespo: {},
    mask: { lower: -9 },
  },
];

test.each(weights)('importance %j weighs pairs the same in ais train and in a study', async (importance) => {
  const { objective } = await observe('train', {
    pairs: at('pairs.jsonl'),
    objective: 'dpo',
    beta: 0.05,
    importance,
    training: { batchSize: 4 },
    evaluation: { points: 0 },
  });
  const chosen = await chooseMethod({ objective: 'dpo', importance } as never, 0.05);
  const losses = (each: unknown): number[] => {
    const vector = (...values: number[]) => tf.tensor1d(values);
    const batch = {
      policyChosen: vector(-4, -9, -3),
      policyRejected: vector(-5, -2, -8),
      referenceChosen: vector(-6, -7, -5),
      referenceRejected: vector(-4, -3, -6),
      chosenLength: vector(3, 8, 5),
      rejectedLength: vector(4, 2, 9),
    };
    return [...(each as Objective).evaluate(batch).losses.dataSync()];
  };
  expect(losses(objective)).toEqual(losses(chosen.objective));
});
