import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { loadPretrained, savePretrained } from '../checkpoint/pretrained.js';
import { loadRewardModel, saveRewardModel } from '../checkpoint/pretrained-reward-model.js';
import { configurationJson } from '../checkpoint/write-checkpoint.js';
import type { ModelConfiguration } from '../families/architecture.js';
import { languageModelSpecifications, modelPlan, SCORE_HEAD } from '../families/model-plan.js';
import { adapterNames } from '../layers/parameters.js';
import type { CausalLanguageModel, RewardModel } from '../model/causal-language-model.js';
import { createModel } from '../model/create-model.js';
import { addLora, type LoraAdapter } from '../model/lora.js';
import { createRewardModel } from '../model/reward-model.js';
import { PAIRS, SEQUENCES, someTokens } from './example-batch.js';
import { gradientsOf, require, requireClose, type Subject } from './subject.js';

/** What every configuration of every family keeps to, by name. */
export const LAWS: Readonly<Record<string, (subject: Subject) => Promise<void>>> = {
  'configuration round trip': configurationRoundTrip,
  'plan and parameters agree': planAndParametersAgree,
  'gradients are the finite differences': gradientsAreFiniteDifferences,
  'blocks computed again give the same gradients': recomputedGradients,
  'a shared prompt changes nothing': sharedPrompt,
  'packing changes nothing': packing,
  'the order of rows changes nothing': orderOfRows,
  'the cache changes nothing': cache,
  'saving and loading change nothing': saving,
  'reward model': rewardModel,
  'low-rank adapters': lowRankAdapters,
};

/** A model whose every parameter matters: biases and norms are random too. Its weights are the caller's to dispose of. */
function subjectModel({ architecture, configuration }: Subject, memoryBudget?: number): CausalLanguageModel {
  const model = createModel<ModelConfiguration>(
    { ...configuration, initializerRange: 0.3 },
    { seed: 17, architecture, ...(memoryBudget !== undefined && { memoryBudget }) },
  );
  disturb(model.parameters);
  return model;
}

function disturb(parameters: ReadonlyMap<string, tf.Variable>): void {
  for (const [name, variable] of parameters) {
    if (variable.shape.length !== 1) continue;
    tf.tidy(() => {
      const noise = createRandom(3, 'disturb', name).normals(variable.size, { standardDeviation: 0.2 });
      variable.assign(tf.add(variable, tf.tensor(noise, variable.shape)));
    });
  }
}

/** Runs a check with a model, and checks that no tensor is left of either. */
async function withModel(
  subject: Subject,
  check: (model: CausalLanguageModel) => Promise<void>,
  memoryBudget?: number,
): Promise<void> {
  const before = tf.memory().numTensors;
  const model = subjectModel(subject, memoryBudget);
  try {
    await check(model);
  } finally {
    model.dispose();
  }
  require(tf.memory().numTensors === before, `${tf.memory().numTensors - before} tensors are left over.`);
}

async function configurationRoundTrip({ architecture, configuration }: Subject): Promise<void> {
  const json = configurationJson(architecture, configuration, architecture.architectures.causal, 'float32');
  const again = architecture.read(JSON.parse(JSON.stringify(json)), 'config.json');
  requireSame('what read makes of what write wrote', again, configuration);
  const completed = architecture.complete(configuration);
  requireSame('a complete configuration, completed', completed, configuration);
  const unknown = architecture.read({ ...json, my_own_key: [1, { two: 2 }] }, 'config.json');
  requireSame('an unknown key', unknown.otherKeys['my_own_key'], [1, { two: 2 }]);
}

function requireSame(what: string, found: unknown, expected: unknown): void {
  const [a, b] = [found, expected].map((value) => JSON.stringify(sorted(value)));
  require(a === b, `${what}: ${a}, expected ${b}.`);
}

/** With the keys of objects in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, of]) => [key, sorted(of)]),
  );
}

async function planAndParametersAgree({ architecture, configuration }: Subject): Promise<void> {
  const plan = modelPlan(architecture, configuration);
  const named = new Set<string>();
  const collect = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (
        typeof value === 'string' &&
        ['weight', 'bias', 'tokens', 'positions', 'outputHead'].includes(key)
      ) {
        named.add(value);
      } else collect(value);
    }
  };
  collect(plan);
  const specifications = [...languageModelSpecifications(architecture, configuration)];
  const names = specifications.map(({ name }) => name);
  require(new Set(names).size === names.length, 'two parameters have one name.');
  for (const name of names) require(named.has(name), `no block reads the parameter ${name}.`);
  for (const name of named) require(names.includes(name), `a block reads ${name}, which is no parameter.`);
  const adaptable = specifications.filter(({ name }) => architecture.adaptable(name));
  require(adaptable.length > 0, 'no parameter is adaptable.');
  for (const { name, shape } of adaptable) {
    require(shape.length === 2 &&
      name !== plan.outputHead, `${name} is adaptable, but no matrix of a block.`);
  }
  const { shape } = plan;
  for (const { attention } of plan.blocks) {
    const { heads, keyValueHeads, headSize } = attention;
    require(heads === shape.headCount &&
      keyValueHeads === shape.keyValueHeadCount &&
      headSize === shape.headSize, 'the shape has other heads than the blocks.');
  }
}

/** A loss that every token of the pairs has a part in. */
const lossOf = (model: CausalLanguageModel) => (): tf.Scalar => {
  const { chosen, rejected } = model.responseLogProbs(PAIRS);
  return tf.mean(tf.sub(tf.mul(rejected, 0.7), tf.mul(chosen, 0.4)));
};

/**
 * Compares a gradient with what the loss changes by: along the gradient itself, where it changes most, and along some of
 * the parameter's own numbers, which finds a part of the gradient that is missing.
 */
async function requireFiniteDifferences(
  parameters: ReadonlyMap<string, tf.Variable>,
  loss: () => tf.Scalar,
): Promise<void> {
  const { gradients } = await gradientsOf(parameters, loss);
  const lossNow = async (): Promise<number> => {
    const value = tf.tidy(loss);
    try {
      return (await value.data())[0] as number;
    } finally {
      value.dispose();
    }
  };
  for (const [name, variable] of parameters) {
    const start = (await variable.data<'float32'>()).slice();
    const gradient = gradients.get(name) as Float32Array;
    const norm = Math.hypot(...gradient);
    const along = async (direction: (index: number) => number): Promise<number> => {
      const [forth, back] = [STEP, -STEP].map((step) =>
        start.map((value, index) => value + step * direction(index)),
      ) as [Float32Array, Float32Array];
      const values: number[] = [];
      for (const moved of [forth, back]) {
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        values.push(await lossNow());
      }
      return ((values[0] as number) - (values[1] as number)) / (2 * STEP);
    };
    try {
      requireClose(
        `the change of the loss along the gradient of ${name}`,
        [norm],
        [norm === 0 ? 0 : await along((index) => (gradient[index] as number) / norm)],
        TOLERANCE,
      );
      const random = createRandom(5, 'places', name);
      for (let trial = 0; trial < 2; trial++) {
        const place = Math.floor(random.uniform() * start.length);
        requireClose(
          `the gradient of ${name} at ${place}`,
          [gradient[place] as number],
          [await along((index) => (index === place ? 1 : 0))],
          TOLERANCE,
        );
      }
    } finally {
      tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
    }
  }
}

/** Of float32: the rounding of a loss of about 10 is 1e-6, which the step makes 1e-4. */
const STEP = 5e-3;
const TOLERANCE = 1e-2;

function gradientsAreFiniteDifferences(subject: Subject): Promise<void> {
  return withModel(subject, (model) => requireFiniteDifferences(model.parameters, lossOf(model)));
}

/** With a budget of a byte, blocks and head are computed again on the way back. */
async function recomputedGradients(subject: Subject): Promise<void> {
  let expected: ReadonlyMap<string, Float32Array> = new Map();
  await withModel(subject, async (model) => {
    expected = (await gradientsOf(model.parameters, lossOf(model))).gradients;
  });
  // No block is kept whole, and then the last one or two.
  for (const memoryBudget of [1, 100_000]) {
    await withModel(
      subject,
      async (model) => {
        const { gradients } = await gradientsOf(model.parameters, lossOf(model));
        for (const [name, gradient] of gradients) {
          requireClose(`the gradient of ${name}`, gradient, expected.get(name) ?? [], 1e-5);
        }
      },
      memoryBudget,
    );
  }
}

/** Pairs in one row each, against each response in a row of its own: values and gradients. */
function sharedPrompt(subject: Subject): Promise<void> {
  return withModel(subject, async (model) => {
    const weights = PAIRS.flatMap((_, index) => [1 + index, -1 - index]);
    const shared = await gradientsOf(model.parameters, () => {
      const { chosen, rejected } = model.responseLogProbs(PAIRS);
      const both = tf.reshape(tf.stack([chosen, rejected], 1), [-1]);
      return tf.sum(tf.mul(both, tf.tensor1d(weights)));
    });
    const apart = await gradientsOf(model.parameters, () => {
      const all = model.sequenceLogProbs(SEQUENCES);
      const both = tf.reshape(tf.transpose(tf.reshape(all, [2, PAIRS.length])), [-1]);
      return tf.sum(tf.mul(both, tf.tensor1d(weights)));
    });
    requireClose('the value', [shared.value], [apart.value], 1e-4);
    for (const [name, gradient] of shared.gradients) {
      requireClose(`the gradient of ${name}`, gradient, apart.gradients.get(name) ?? [], 1e-4);
    }
  });
}

function packing(subject: Subject): Promise<void> {
  return withModel(subject, async (model) => {
    const together = model.sequenceLogProbs(SEQUENCES);
    const alone: number[] = [];
    for (const sequence of SEQUENCES) {
      const value = model.sequenceLogProbs([sequence]);
      alone.push((await value.data())[0] as number);
      value.dispose();
    }
    requireClose('log-probabilities of sequences together', await together.data(), alone, 1e-4);
    together.dispose();
  });
}

/** A row that fills a block of queries of native attention, after a shorter one: values and gradients, against each row alone. */
function orderOfRows(subject: Subject): Promise<void> {
  return withModel(subject, async (model) => {
    const longest = Math.min(BLOCK_OF_QUERIES, subject.configuration.maxPositions);
    const rows = [someTokens(3, 1), someTokens(longest, 2), someTokens(longest - 1, 3)];
    const reward = createRewardModel(model, { seed: 2 });
    const of = (sequences: readonly number[][]) =>
      gradientsOf(reward.parameters, () => tf.sum(tf.square(reward.scores(sequences))));
    const together = await of(rows);
    const alone: Awaited<ReturnType<typeof of>>[] = [];
    for (const row of rows) alone.push(await of([row]));
    const added = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
    requireClose('scores', [together.value], [added(alone.map(({ value }) => value))], 1e-4);
    for (const [name, gradient] of together.gradients) {
      const expected = gradient.map((_, at) =>
        added(alone.map(({ gradients }) => gradients.get(name)?.[at] ?? 0)),
      );
      requireClose(`the gradient of ${name} by scores`, gradient, expected, 1e-4);
    }
    const pairs = rows.map((row) => ({ prompt: row.slice(0, 1), response: row.slice(1) }));
    const logits = await read(model.responseLogits(pairs));
    const apart: number[] = [];
    for (const pair of pairs) apart.push(...(await read(model.responseLogits([pair]))));
    requireClose('logits of responses', logits, apart, 1e-4);
    reward.dispose();
  });
}

/** `QUERIES` in attention.h: native attention skips a block of this many queries if nothing reads any of them. */
const BLOCK_OF_QUERIES = 32;

/** What generation says of its tokens, against whole passes over them; with several samples that share their prompt. */
function cache(subject: Subject): Promise<void> {
  return withModel(subject, async (model) => {
    const prompts = [someTokens(9, 1), someTokens(1, 2), someTokens(4, 3)];
    for (const temperature of [0, 1]) {
      const generations = await model.generate(prompts, {
        maxNewTokens: 10,
        temperature,
        samples: 2,
        seed: 4,
        stopToken: [],
      });
      for (const { prompt, tokens, logProbs } of generations) {
        const whole = [...(prompts[prompt] as number[]), ...tokens];
        const logits = model.logits([whole]);
        const [rows, best] = tf.tidy(() => {
          const next = tf.squeeze<tf.Tensor2D>(logits, [0]);
          const ofTokens = tf.slice(next, [whole.length - tokens.length - 1, 0], [tokens.length, -1]);
          return [tf.logSoftmax(ofTokens), tf.argMax(ofTokens, 1)] as const;
        }) as unknown as [tf.Tensor2D, tf.Tensor1D];
        const values = await rows.array();
        const greedy = await best.data();
        tf.dispose([logits, rows, best]);
        const expected = tokens.map((token, place) => values[place]?.[token] as number);
        requireClose('log-probabilities of generated tokens', logProbs, expected, 1e-4);
        if (temperature === 0) requireClose('greedy tokens', tokens, greedy, 0);
      }
    }
  });
}

/** Runs a check with a folder of its own. */
async function inFolder(check: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'ais-architecture-'));
  try {
    await check(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function requireSameFiles(first: string, second: string): Promise<void> {
  const names = (await readdir(first)).sort();
  requireSame('the files', (await readdir(second)).sort(), names);
  for (const name of names) {
    const [a, b] = await Promise.all([readFile(join(first, name)), readFile(join(second, name))]);
    require(a.equals(b), `${name} is not the same after loading and saving again.`);
  }
}

function saving(subject: Subject): Promise<void> {
  const { architecture } = subject;
  return withModel(subject, (model) =>
    inFolder(async (directory) => {
      const [first, second] = [join(directory, 'first'), join(directory, 'second')];
      await savePretrained(model, first);
      const loaded = await loadPretrained(first, { architectures: [architecture] });
      await savePretrained(loaded, second);
      await requireSameFiles(first, second);
      const tokens = [someTokens(12, 1)];
      const [before, after] = [model.logits(tokens), loaded.logits(tokens)];
      requireClose('logits of the loaded model', await after.data(), await before.data(), 0);
      tf.dispose([before, after]);
      loaded.dispose();
    }),
  );
}

function rewardModel(subject: Subject): Promise<void> {
  const { architecture } = subject;
  return withModel(subject, (model) =>
    inFolder(async (directory) => {
      const reward = createRewardModel(model, { seed: 2 });
      reward.offset = 0.25;
      const sequences = SEQUENCES.map(({ tokens }) => tokens);
      const loss = (): tf.Scalar => tf.sum(tf.square(reward.scores(sequences)));
      await requireFiniteDifferences(ofLastBlock(reward), loss);
      const scores = await read(reward.scores(sequences));
      const alone: number[] = [];
      for (const sequence of sequences) alone.push(...(await read(reward.scores([sequence]))));
      requireClose('scores of sequences together', scores, alone, 1e-4);
      const [first, second] = [join(directory, 'first'), join(directory, 'second')];
      await saveRewardModel(reward, first);
      const loaded = await loadRewardModel(first, { architectures: [architecture] });
      await saveRewardModel(loaded, second);
      await requireSameFiles(first, second);
      requireClose('scores of the loaded model', await read(loaded.scores(sequences)), scores, 0);
      loaded.dispose();
      reward.dispose();
    }),
  );
}

/**
 * The adapters' gradients are the finite differences, and by the chain rule those of the merged matrices; merging changes
 * nothing, and nothing else has a gradient.
 */
function lowRankAdapters(subject: Subject): Promise<void> {
  return withModel(subject, async (model) => {
    const loss = lossOf(model);
    const before = await gradientsOf(model.parameters, loss);
    const adapter = addLora(model, { rank: 2, alpha: 3, seed: 5 });
    const { value: start } = await gradientsOf(adapter.parameters, loss);
    requireClose('the loss where training begins', [start], [before.value], 0);
    disturbAdapters(adapter);
    await requireFiniteDifferences(adapter.parameters, loss);
    const { value, gradients } = await gradientsOf(adapter.parameters, loss);
    require([...model.parameters.values()].every(
      ({ trainable }) => !trainable,
    ), 'a parameter beside the adapters is trained.');
    const factors = new Map<string, tf.Tensor2D>();
    for (const [name, variable] of adapter.parameters) factors.set(name, tf.clone(variable) as tf.Tensor2D);

    const greedy = { maxNewTokens: 6, temperature: 0, seed: 4, stopToken: [] };
    const [generation] = await model.generate([someTokens(9, 1)], greedy);

    adapter.merge();
    const [again] = await model.generate([someTokens(9, 1)], greedy);
    requireSame('what the merged model generates', again, generation);
    const merged = await gradientsOf(model.parameters, loss);
    requireClose('the loss of the merged model', [merged.value], [value], 0);
    for (const [name, { shape }] of model.parameters) {
      const { down, up } = adapterNames(name);
      const [a, b] = [factors.get(down), factors.get(up)];
      if (a === undefined || b === undefined) continue;
      const [ofDown, ofUp] = tf.tidy(() => {
        const ofMatrix = tf.tensor(merged.gradients.get(name) as Float32Array, [...shape]);
        const scaled = tf.mul(ofMatrix, adapter.alpha / adapter.rank) as tf.Tensor2D;
        return [tf.matMul(b, scaled, true), tf.matMul(scaled, a, false, true)];
      }) as [tf.Tensor, tf.Tensor];
      requireClose(`the gradient of ${down}`, gradients.get(down) ?? [], await read(ofDown), 1e-4);
      requireClose(`the gradient of ${up}`, gradients.get(up) ?? [], await read(ofUp), 1e-4);
    }
    tf.dispose([...factors.values()]);

    const reward = createRewardModel(model, { seed: 2 });
    const scores = (): tf.Scalar => tf.sum(tf.square(reward.scores(SEQUENCES.map(({ tokens }) => tokens))));
    const ofReward = addLora(reward, { rank: 1, seed: 3 });
    disturbAdapters(ofReward);
    await requireFiniteDifferences(
      ofLastBlock({ parameters: ofReward.parameters, configuration: reward.configuration }),
      scores,
    );
    ofReward.merge();
    reward.dispose();
  });
}

/** Away from B = 0, where the gradient of A is 0. */
function disturbAdapters({ parameters }: LoraAdapter): void {
  for (const [name, variable] of parameters) {
    if (!name.includes('lora_B')) continue;
    const noise = createRandom(4, 'disturb', name).normals(variable.size, { standardDeviation: 0.3 });
    tf.tidy(() => variable.assign(tf.tensor(noise, variable.shape)));
  }
}

/** The score head and the last block: the rest of the way back is the language model's. */
function ofLastBlock({
  parameters,
  configuration,
}: Pick<RewardModel, 'parameters' | 'configuration'>): ReadonlyMap<string, tf.Variable> {
  const last = `.${configuration.layerCount - 1}.`;
  return new Map([...parameters].filter(([name]) => name === SCORE_HEAD || name.includes(last)));
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<'float32'>();
  } finally {
    tensor.dispose();
  }
}
