import {
  type Evaluation,
  type Objective,
  type RewardedPairBatch,
  type SampleBatch,
  takeByRow,
  type UnpairedBatch,
} from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { rowOfEach } from './pair-batch.js';

/** An objective that some stage of this package can train with. */
export type AnyObjective =
  | Objective
  | Objective<RewardedPairBatch>
  | Objective<SampleBatch>
  | Objective<UnpairedBatch>;

/** The batch of a probe, and which of its tensors the policy gives. */
interface Probe {
  readonly batch: Readonly<Record<string, tf.Tensor1D>>;
  readonly policy: readonly string[];
  readonly count: number;
}

/**
 * Evaluates an objective and its gradient on a few fixed examples, which have what its `requires` names and nothing else.
 *
 * It takes milliseconds, so whatever is wrong with an objective comes out before anything expensive is done. Every stage does
 * it first; a command may do it as soon as it has the objective.
 *
 * An objective is a value with functions inside, so its β or its smoothing cannot be read from it. The losses returned here tell
 * two settings apart: they are stored with a run, and a run that is resumed with another β is noticed by them.
 *
 * @param objective over pairs or samples
 * @param options.rewards whether the batches of this training carry the rewards of their responses
 * @returns one loss per example, rounded to 5 digits, so that another back end's rounding is no difference
 * @throws {TrainerError} `unsupported-objective` naming the objective: it lacks a member, reads what its `requires` does not
 *   name, writes into its batch, throws, gives other than one finite loss per example as float32, or has no gradient
 * @example
 * const losses = await probeObjective(dpo({ beta: 0.1 }));
 * console.log(losses.every(Number.isFinite)); // true
 */
export async function probeObjective(
  objective: AnyObjective,
  { rewards = false }: { readonly rewards?: boolean } = {},
): Promise<readonly number[]> {
  requireMembers(objective);
  const probe = probeOf(objective, rewards);
  try {
    const [losses, ...gradients] = await read(() => evaluate(objective, probe));
    const refuse = (what: string): TrainerError => unsupported(objective.name, what);
    if (losses?.some((loss) => !Number.isFinite(loss))) {
      throw refuse(`gives a loss that is not finite for ordinary examples: ${losses.join(', ')}.`);
    }
    if (gradients.length === 0) {
      throw refuse('has losses that do not depend on the policy, so there is nothing to learn from them.');
    }
    if (gradients.some((values) => values.some((value) => !Number.isFinite(value)))) {
      throw refuse('has a gradient that is not finite for ordinary examples.');
    }
    return (losses ?? []).map((loss) => Number(loss.toPrecision(5)));
  } finally {
    tf.dispose(Object.values(probe.batch));
  }
}

/**
 * Whether each loss of an objective over samples depends on the samples of its own prompt alone: then a batch may come in parts of
 * whole prompts, although the objective requires a whole batch.
 *
 * @param objective that `probeObjective` has found to be one
 */
export async function comparesWithinPrompts(objective: AnyObjective): Promise<boolean> {
  if (objective.requires.feedback !== 'samples') return false;
  // Three samples a prompt: what is brought to a mean of 0 and a spread of 1 looks alike for all pairs.
  const prompts = [
    [0, 1, 2],
    [3, 1, 0],
  ];
  const probes = [prompts.flat(), ...prompts].map((rows) => samples(objective, rows, 3));
  try {
    const [whole = [], ...parts] = await read(() =>
      probes.map(({ batch }) => objective.evaluate(readOnly(objective.name, batch) as never).losses),
    );
    const apart = parts.flat();
    return whole.every((loss, row) => Math.abs(loss - (apart[row] ?? 0)) <= 1e-4 * (1 + Math.abs(loss)));
  } finally {
    tf.dispose(probes.flatMap(({ batch }) => Object.values(batch)));
  }
}

function probeOf(objective: AnyObjective, rewards: boolean): Probe {
  const probe = probeOfFeedback(objective, rewards);
  const columns = (objective.requires.columns ?? []).filter((name) => !(name in probe.batch));
  const values = [0.5, -0.25, 1, 0];
  const more = columns.map((name, place) => [
    name,
    tf.tensor1d(Array.from({ length: probe.count }, (_, row) => (values[(row + place) % 4] ?? 0) - place)),
  ]);
  return { ...probe, batch: { ...probe.batch, ...Object.fromEntries(more) } };
}

function probeOfFeedback(objective: AnyObjective, rewards: boolean): Probe {
  switch (objective.requires.feedback) {
    case 'samples':
      return samples(objective);
    case 'unpaired':
      return unpaired(objective);
    case 'pairs':
      return pairs(objective, rewards);
  }
}

const FEEDBACK: readonly unknown[] = ['pairs', 'samples', 'unpaired'];

function requireMembers(objective: AnyObjective): void {
  // Third-party code: verify what its type promises.
  const given: Partial<AnyObjective> = objective;
  const { name = 'without a name', requires, evaluate, specificationVersion } = given;
  const lacking = (member: string, expected: string): TrainerError =>
    unsupported(name, `is not an objective: ${member} must be ${expected}.`);
  if (specificationVersion !== 'v1' && specificationVersion !== 'v2') {
    throw lacking('specificationVersion', "'v1' or 'v2'");
  }
  if (typeof evaluate !== 'function') throw lacking('evaluate', 'a function');
  if (!requires || !FEEDBACK.includes(requires.feedback)) {
    throw lacking('requires.feedback', "'pairs', 'samples', or 'unpaired'");
  }
  if (typeof requires.reference !== 'boolean') throw lacking('requires.reference', 'true or false');
}

/** The losses, and the gradient of their sum by each tensor of the policy that they depend on. */
function evaluate(objective: AnyObjective, { batch, policy, count }: Probe): tf.Tensor[] {
  let losses: tf.Tensor | undefined;
  const inputs = policy.flatMap((field) => batch[field] ?? []);
  try {
    const { grads } = tf.engine().gradients(
      () => {
        const given = objective.evaluate(readOnly(objective.name, batch) as never);
        requireRows(objective.name, given, count);
        losses = tf.keep(given.losses);
        return tf.sum(given.losses);
      },
      inputs,
      undefined,
      true,
    );
    return [losses, ...grads].flatMap((tensor) => tensor ?? []);
  } catch (error) {
    losses?.dispose();
    if (error instanceof TrainerError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw unsupported(
      objective.name,
      `failed on a batch of what its \`requires\` names (${Object.keys(batch).join(', ')}): ${message}`,
      error,
    );
  }
}

/** A batch that refuses to be written into, in sloppy code too: it is shared with the code that counts what was trained on. */
function readOnly(name: string, batch: Probe['batch']): Probe['batch'] {
  const refuse = (_: object, field: string | symbol): never => {
    throw unsupported(
      name,
      `writes into its batch (${String(field)}), which is not its own. Make another object of it: { ...batch, ${String(field)}: … }.`,
    );
  };
  return new Proxy<Record<string, tf.Tensor1D>>(
    { ...batch },
    { set: refuse, defineProperty: refuse, deleteProperty: refuse },
  );
}

function requireRows(name: string, given: Partial<Evaluation>, count: number): void {
  const { losses, metrics } = given;
  const shape = (value: unknown): string =>
    value instanceof tf.Tensor ? `a tensor of shape [${value.shape}]` : String(value);
  if (!(losses instanceof tf.Tensor) || losses.shape.join() !== `${count}`) {
    throw unsupported(name, `must give one loss per example, [${count}], and gave ${shape(losses)}.`);
  }
  if (losses.dtype !== 'float32') {
    throw unsupported(
      name,
      `must give losses of type float32, and gave ${losses.dtype}. Cast them with tf.cast.`,
    );
  }
  for (const [metric, value] of Object.entries(metrics ?? {})) {
    if (!(value instanceof tf.Tensor) || (value.size !== count && value.size !== 1)) {
      throw unsupported(
        name,
        `must give the metric ${metric} as [${count}] or [1], and gave ${shape(value)}.`,
      );
    }
    if (value.dtype === 'float32') continue;
    throw unsupported(
      name,
      `must give the metric ${metric} as float32, and gave ${value.dtype}. Cast it with tf.cast.`,
    );
  }
  if (typeof metrics !== 'object')
    throw unsupported(name, 'must give an object of metrics, which may be empty.');
}

async function read(tensors: () => tf.Tensor[]): Promise<number[][]> {
  const found = tf.tidy(tensors);
  const values = await Promise.all(found.map(async (tensor) => Array.from(await tensor.data())));
  tf.dispose(found);
  return values;
}

function unsupported(name: string, what: string, cause?: unknown): TrainerError {
  return new TrainerError('unsupported-objective', `The objective "${name}" ${what}`, { cause });
}

function pairs({ requires }: AnyObjective, rewards: boolean): Probe {
  const batch = {
    policyChosen: tf.tensor1d([-20, -41, -8.5]),
    policyRejected: tf.tensor1d([-24, -37, -9]),
    ...(requires.reference && {
      referenceChosen: tf.tensor1d([-21, -40, -9.5]),
      referenceRejected: tf.tensor1d([-22, -38, -8]),
    }),
    chosenLength: tf.tensor1d([8, 12, 3]),
    rejectedLength: tf.tensor1d([10, 9, 4]),
    ...(requires.certainty && {
      chosenCertainty: tf.tensor1d([-0.5, -0.1, -0.9]),
      rejectedCertainty: tf.tensor1d([-0.2, -0.4, -0.3]),
    }),
    ...(rewards && {
      chosenReward: tf.tensor1d([1, 0.5, 2]),
      rejectedReward: tf.tensor1d([0.25, -1, 1.5]),
    }),
  };
  const names = ['policyChosen', 'policyRejected'];
  return requires.tokens ? withTokens(batch, names, 3) : { batch, policy: names, count: 3 };
}

function samples({ requires }: AnyObjective, rows: readonly number[] = [0, 1, 2, 3], perPrompt = 2): Probe {
  const column = (...values: readonly number[]): tf.Tensor1D =>
    tf.tensor1d(rows.map((row) => values[row] ?? 0));
  const batch = {
    policy: column(-20, -41, -8.5, -9),
    ...(requires.reference && { reference: column(-21, -40, -9.5, -8) }),
    ...(requires.behavior && { behavior: column(-20.5, -40, -8.75, -9.25) }),
    rewards: column(1, -0.5, 0.25, 2),
    length: column(8, 12, 3, 4),
    group: tf.tensor1d(rows.map((_, place) => Math.floor(place / perPrompt))),
  };
  const count = rows.length;
  return requires.tokens ? withTokens(batch, ['policy'], count) : { batch, policy: ['policy'], count };
}

function unpaired({ requires }: AnyObjective): Probe {
  const batch = {
    policy: tf.tensor1d([-20, -41, -8.5, -9]),
    ...(requires.reference && { reference: tf.tensor1d([-21, -40, -9.5, -8]) }),
    length: tf.tensor1d([8, 12, 3, 4]),
    label: tf.tensor1d([1, 0, 1, 0]),
    ...(requires.divergence && { divergence: tf.fill<tf.Rank.R1>([4], 0.25) }),
  };
  return requires.tokens ? withTokens(batch, ['policy'], 4) : { batch, policy: ['policy'], count: 4 };
}

/** The probe with tokens, whose log-probabilities add up to its sums. */
function withTokens(
  batch: Readonly<Record<string, tf.Tensor1D>>,
  policy: readonly string[],
  count: number,
): Probe {
  const tokens: Record<string, tf.Tensor1D> = {};
  for (const field of policy) {
    const response = field.replace('policy', '');
    const side = response.toLowerCase();
    const lengths = batch[side === '' ? 'length' : `${side}Length`] as tf.Tensor1D;
    const rows = rowOfEach([...lengths.dataSync()].map((length) => new Array<number>(length).fill(0)));
    tokens[side === '' ? 'tokenRow' : `${side}TokenRow`] = rows;
    for (const summed of [field, `reference${response}`, `behavior${response}`]) {
      const sums = batch[summed];
      if (sums) tokens[`${summed}Tokens`] = tf.tidy(() => takeByRow(tf.div(sums, lengths), rows));
    }
  }
  return {
    batch: { ...batch, ...tokens },
    policy: [...policy, ...policy.map((field) => `${field}Tokens`)],
    count,
  };
}
