import {
  alphaPo,
  chiPo,
  chosenSft,
  cispo,
  cpo,
  directAlignment,
  dpo,
  exponential,
  gspo,
  type HumanlineOptions,
  humanline,
  hyPo,
  ipo,
  kto,
  ldDpo,
  lengthRegularizedDpo,
  luspo,
  type Objective,
  orpo,
  type PairBatch,
  pairwisePolicyGradient,
  type RewardedPairBatch,
  rebel,
  rloo,
  rpo,
  type SampleBatch,
  savage,
  simpo,
  slic,
  squared,
  truncatedQuadratic,
  type UnpairedBatch,
  weightedSum,
  wpo,
} from '@ais/objectives';
import {
  aot,
  aotUnpaired,
  apoDown,
  apoZero,
  bcoPair,
  discoPop,
  exoPair,
  lengthNormalizedDpo,
  ncaPair,
  robustDpo,
  sppoHard,
} from '@ais/objectives/contrib';
import { AisError } from '@ais/runtime/errors';
import { probeObjective } from '@ais/trainer/loop';
import { closestMatch } from 'leven';
import { PipelineError } from '../errors.js';
import { isPath } from '../settings/module-name.js';
import {
  ADAPTIVE,
  HUMANLINE,
  type ImportanceSettings,
  type ObjectiveSettings,
  plainObjective,
  USUAL_BETA,
} from '../settings/objective-settings.js';
import { importanceSettings, weighted } from './importance.js';
import { describeCause, invalidPlugin, loadPlugin } from './plugin-module.js';

/** An objective that a run learns with: over pairs, over labeled responses, or over scored samples of the policy. */
export type ChosenObjective =
  | { readonly feedback: 'pairs'; readonly objective: Objective<RewardedPairBatch>; readonly online: boolean }
  | { readonly feedback: 'unpaired'; readonly objective: Objective<UnpairedBatch>; readonly online: false }
  | { readonly feedback: 'samples'; readonly objective: Objective<SampleBatch>; readonly online: true };

/** What a factory is given: β, and the options that its entry names. */
interface FactoryOptions {
  readonly beta: number;
}

interface Entry {
  readonly create: (
    options: FactoryOptions,
  ) => Objective<RewardedPairBatch> | Objective<SampleBatch> | Objective<UnpairedBatch>;
  /** Options beside β. */
  readonly options?: readonly string[];
  /** Whether it learns from the policy's own samples only. */
  readonly online?: true;
  /** Whether it learns from labeled responses, one by one. */
  readonly unpaired?: true;
}

const f = (loss: Parameters<typeof directAlignment>[0]['loss']): Entry => ({
  create: ({ beta }) => directAlignment({ loss, beta }),
});

const single: Readonly<Record<string, Entry>> = {
  dpo: { create: dpo, options: ['labelSmoothing'] },
  ipo: { create: ipo, options: ['form', 'lengthNormalized'] },
  slic: { create: slic },
  squared: f(squared()),
  exponential: f(exponential()),
  'truncated-quadratic': f(truncatedQuadratic()),
  savage: f(savage()),
  rpo: { create: rpo, options: ['eta', 'average'] },
  wpo: { create: wpo, options: ['clip'] },
  'length-regularized-dpo': {
    create: (options) => lengthRegularizedDpo({ alpha: 0.01, ...options }),
    options: ['alpha'],
  },
  'ld-dpo': { create: (options) => ldDpo({ alpha: 0.5, ...options }), options: ['alpha'] },
  'chi-po': { create: chiPo, options: ['maxReward'] },
  'length-normalized-dpo': { create: lengthNormalizedDpo },
  'exo-pair': { create: exoPair, options: ['labelSmoothing'] },
  'nca-pair': { create: ncaPair },
  'robust-dpo': {
    create: (options) => robustDpo({ labelSmoothing: 0.1, ...options }),
    options: ['labelSmoothing'],
  },
  'bco-pair': { create: bcoPair, options: ['delta'] },
  'sppo-hard': { create: sppoHard },
  aot: { create: aot, options: ['labelSmoothing'] },
  'aot-unpaired': { create: aotUnpaired, options: ['labelSmoothing'] },
  'apo-zero': { create: apoZero },
  'apo-down': { create: apoDown },
  'disco-pop': { create: discoPop, options: ['temperature'] },
  simpo: { create: (options) => simpo({ gamma: 0.5, ...options }), options: ['gamma'] },
  'alpha-po': {
    create: (options) => alphaPo({ alpha: 0.25, gamma: 0.5, ...options }),
    options: ['alpha', 'gamma'],
  },
  // λ is TRL's β.
  orpo: { create: ({ beta }) => orpo({ lambda: beta }) },
  cpo: { create: cpo, options: ['sftWeight'] },
  'chosen-sft': { create: () => chosenSft() },
  'hy-po': { create: hyPo },
  kto: { create: kto, options: ['desirableWeight', 'undesirableWeight'], unpaired: true },
  'online-dpo': { create: dpo, options: ['labelSmoothing'], online: true },
  'pairwise-policy-gradient': { create: pairwisePolicyGradient, online: true },
  rebel: { create: rebel },
  rloo: { create: rloo, online: true },
  gspo: { create: gspo, options: ['scale', 'lower', 'upper'], online: true },
  luspo: { create: luspo, options: ['scale', 'lower', 'upper'], online: true },
  cispo: { create: cispo, options: ['scale', 'upper'], online: true },
};

/** What a weighted sum may consist of: what learns from pairs as they are. */
const summable = Object.keys(single).filter((name) => !single[name]?.online && !single[name]?.unpaired);

/** The one place where objectives have names. */
const entries: Readonly<Record<string, Entry>> = {
  ...single,
  'weighted-sum': { create: sumOf, options: summable },
};

/** The entry that a name stands for, with `humanline-` before it or not. */
function namedEntry(name: string): Entry | undefined {
  if (Object.hasOwn(entries, name)) return entries[name];
  const inner = name.slice(HUMANLINE.length);
  const entry = name.startsWith(HUMANLINE) && Object.hasOwn(entries, inner) ? entries[inner] : undefined;
  return entry && { ...entry, create: humanlineOf(entry), options: [...(entry.options ?? []), ...BOUNDS] };
}

/** Options of humanline, beside those of the objective that it wraps. */
const BOUNDS = ['lower', 'upper'] as const;

function humanlineOf({ create }: Entry): Entry['create'] {
  return ({ lower, upper, ...options }: FactoryOptions & HumanlineOptions) => {
    const bounds = { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
    // Over pairs or samples: the wrapper sees to either.
    return humanline(create(options) as Objective<RewardedPairBatch>, bounds);
  };
}

/** Σ λ·ℓ of objectives that share β; the options beside β are their names with the weights λ. */
function sumOf({ beta, ...weights }: FactoryOptions): Objective {
  const terms = Object.entries(weights).flatMap(([name, weight]) => {
    const objective = single[name]?.create({ beta }) as Objective | undefined;
    return objective ? [{ objective, weight: weight as number }] : [];
  });
  if (terms.length > 0) return weightedSum(terms);
  throw new PipelineError(
    'invalid-setting',
    'objectiveOptions: weighted-sum needs objectives and their weights, such as { dpo: 0.8, chosen-sft: 0.2 }.',
    { key: 'objectiveOptions' },
  );
}

/** Whether a name is that of an objective of this registry, with weights or bounds or without. */
export function isBuiltInObjective(name: string): boolean {
  return Object.hasOwn(entries, plainObjective(name));
}

/** The names that `objective` may have; each over pairs also with `ais-` before it, and each with a reference with `humanline-`. */
export const objectiveNames: readonly string[] = Object.keys(entries);

/** What decides an objective. */
export type ChosenSettings = Pick<
  ObjectiveSettings,
  'objective' | 'objectiveOptions' | 'beta' | 'importance'
> & {
  /** Whether pairs are sampled from the policy during training; some objectives always do that. */
  readonly online?: boolean;
};

/**
 * The objective that settings name, with its importance weights.
 *
 * `ais-NAME` is NAME with `importance: inverse-length`, and `humanline-NAME` is NAME with bounds on the log-ratio of each token, for
 * the names of this registry; `ais-humanline-NAME` is both. Another name is that of a module:
 * see `loadPlugin`. Its export is an objective, or a function from options (β among them) to one.
 *
 * @throws {PipelineError} for an unknown name or option, with the nearest one; for weights that do not apply
 * @example
 * const { objective } = await chooseObjective({ objective: 'dpo', objectiveOptions: {}, beta: 0.1, importance: 'none' });
 * console.log(objective.name); // dpo
 */
export async function chooseObjective(settings: ChosenSettings): Promise<ChosenObjective> {
  const { objective: specifier, beta, objectiveOptions } = settings;
  const { name, entry, importance } = entryOf(settings);
  for (const option of Object.keys(objectiveOptions)) {
    if (entry && !(entry.options ?? []).includes(option)) {
      throw unknownName('objectiveOptions', `${name} has no option`, option, entry.options ?? []);
    }
  }
  const options = { ...objectiveOptions, beta };
  const made: AnyObjective = entry ? entry.create(options) : await pluginObjective(specifier, options);
  const weights = importance !== 'none';
  if (made.requires.feedback === 'samples') {
    if (weights) throw weightless(specifier, 'learns from samples of the policy itself');
    return { feedback: 'samples', objective: made as Objective<SampleBatch>, online: true };
  }
  if (made.requires.feedback === 'unpaired') {
    if (weights) throw weightless(specifier, 'learns from labeled responses one by one');
    if (settings.online) {
      throw new PipelineError(
        'invalid-setting',
        `online: ${specifier} learns from labeled responses, which samples of the policy are not. Leave --online out, or take an objective over pairs or samples, such as dpo or rloo.`,
        { key: 'online' },
      );
    }
    return { feedback: 'unpaired', objective: made as Objective<UnpairedBatch>, online: false };
  }
  const objective = made as Objective<PairBatch>;
  if (weights && objective.requires.wholeBatch) {
    throw weightless(specifier, 'compares the pairs of a batch with each other');
  }
  return {
    feedback: 'pairs',
    objective: weighted(objective, importance),
    online: entry?.online ?? settings.online ?? false,
  };
}

/**
 * The objective that settings name, after a try on a few fixed examples: what is wrong with one from outside comes out before
 * anything expensive is done.
 *
 * @throws {PipelineError} what `chooseObjective` throws; `invalid-plugin` naming the module of an objective that cannot be used
 * @example
 * const { feedback } = await tryObjective({ objective: 'rloo', objectiveOptions: {}, beta: 0.1, importance: 'none' });
 * console.log(feedback); // samples
 */
export async function tryObjective(settings: ChosenSettings): Promise<ChosenObjective> {
  const chosen = await chooseObjective(settings);
  try {
    await probeObjective(chosen.objective, { rewards: chosen.online });
  } catch (cause) {
    if (entryOf(settings).entry) throw cause;
    const problem = cause instanceof AisError ? cause.detail : (cause as Error).message;
    throw invalidPlugin('objective', settings.objective, problem, cause);
  }
  return chosen;
}

/**
 * Settings with what their objective implies: that it learns online, and the weights of `ais-NAME`.
 *
 * @example
 * const settings = await withObjective({ objective: 'ais-dpo', objectiveOptions: {}, beta: 0.1, importance: 'none' });
 * console.log(settings.importance !== 'none'); // true
 */
export async function withObjective<Settings extends ChosenSettings>(settings: Settings): Promise<Settings> {
  const { online } = await chooseObjective(settings);
  const { importance } = entryOf(settings);
  return { ...settings, online, importance };
}

interface AnyObjective {
  readonly requires: { readonly feedback: string };
}

/** The entry of this table that a name stands for, and the weights that it and the settings ask for. */
function entryOf({ objective, importance }: ChosenSettings): {
  readonly name: string;
  readonly entry?: Entry;
  readonly importance: ImportanceSettings;
} {
  const own = namedEntry(objective);
  if (own) return { name: objective, entry: own, importance };
  const name = objective.startsWith(ADAPTIVE) ? objective.slice(ADAPTIVE.length) : objective;
  const entry = name === objective ? undefined : namedEntry(name);
  if (!entry) return { name: objective, importance };
  if (importance === 'none') return { name, entry, importance: 'inverse-length' };
  if (importanceSettings(importance).smoothing === 'inverse-length') return { name, entry, importance };
  throw new PipelineError(
    'invalid-setting',
    `importance: ${objective} has weights with α = 1/|y| by its name. For other weights use --objective ${name}.`,
    { key: 'importance' },
  );
}

async function pluginObjective(specifier: string, options: FactoryOptions): Promise<AnyObjective> {
  const exported = await loadPlugin(specifier, 'objective');
  if (exported === undefined && !isPath(specifier)) {
    throw unknownName('objective', 'there is no objective, and no installed package, named', specifier, [
      ...objectiveNames,
      `${ADAPTIVE}dpo`,
    ]);
  }
  const { beta: _, ...others } = options;
  const [option] = Object.keys(others);
  if (typeof exported !== 'function' && option !== undefined) {
    throw takesNoOptions('objectiveOptions', `${specifier} has no option "${option}"`);
  }
  let made: unknown;
  try {
    made = typeof exported === 'function' ? exported(options) : exported;
  } catch (cause) {
    throw invalidPlugin('objective', specifier, `its factory failed: ${describeCause(cause)}`, cause);
  }
  const objective = made as Partial<Objective> | undefined;
  const version: unknown = objective?.specificationVersion;
  if ((version !== 'v1' && version !== 'v2') || typeof objective?.evaluate !== 'function') {
    throw invalidPlugin(
      'objective',
      specifier,
      'its export is neither an objective (specificationVersion "v1" or "v2", evaluate) nor a function that returns one.',
    );
  }
  const feedback: unknown = objective.requires?.feedback;
  if (feedback !== 'pairs' && feedback !== 'samples' && feedback !== 'unpaired') {
    throw invalidPlugin(
      'objective',
      specifier,
      `its requires must say what it reads, such as { feedback: 'pairs', reference: true }; got ${JSON.stringify(objective.requires)}.`,
    );
  }
  return objective as AnyObjective;
}

/**
 * Refuses a β for an objective that is a value: it is made already, and nothing reads what was asked for.
 *
 * @throws {PipelineError} `invalid-setting`
 */
export async function requireUsedBeta(settings: ChosenSettings): Promise<void> {
  if (entryOf(settings).entry || settings.beta === USUAL_BETA) return;
  const exported = await loadPlugin(settings.objective, 'objective');
  if (exported === undefined || typeof exported === 'function') return;
  throw takesNoOptions('beta', `${settings.objective} takes no β, and ${settings.beta} was given`);
}

function takesNoOptions(key: string, what: string): PipelineError {
  return new PipelineError(
    'invalid-setting',
    `${key}: ${what}: its export is an objective that is made already. Leave it out, or export a function from options, such as ({ beta }) => objective.`,
    { key },
  );
}

function weightless(objective: string, why: string): PipelineError {
  return new PipelineError(
    'invalid-setting',
    `importance: ${objective} ${why}, so pairs cannot be weighted. Leave importance out.`,
    { key: 'importance' },
  );
}

function unknownName(key: string, what: string, name: string, known: readonly string[]): PipelineError {
  const nearest = known.length > 0 ? closestMatch(name, known) : undefined;
  const choice = known.length > 0 ? `Use one of: ${known.join(', ')}.` : 'It has none.';
  const question = nearest === undefined ? '' : `Did you mean "${nearest}"? `;
  return new PipelineError('unknown-setting', `${key}: ${what} "${name}". ${question}${choice}`, { key });
}
