import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  adaptiveImportance,
  chiPo,
  directAlignment,
  dpo,
  exponential,
  fixed,
  type ImportanceOptions,
  importanceWeighted,
  inverseLength,
  inverseSqrtLength,
  ipo,
  lengthRegularizedDpo,
  type Objective,
  type PairBatch,
  pairwisePolicyGradient,
  type RewardedPairBatch,
  rloo,
  rpo,
  type SampleBatch,
  savage,
  slic,
  squared,
  truncatedQuadratic,
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
import { closestMatch } from 'leven';
import { ConfigurationError } from './configuration-error.js';
import type { Settings } from './settings.js';

/** An objective that a run learns with: over pairs, or over scored samples of the policy. */
export type ChosenObjective =
  | { readonly feedback: 'pairs'; readonly objective: Objective<RewardedPairBatch>; readonly online: boolean }
  | { readonly feedback: 'samples'; readonly objective: Objective<SampleBatch>; readonly online: true };

/** What a factory is given: β, and the options that its entry names. */
interface FactoryOptions {
  readonly beta: number;
}

interface Entry {
  readonly create: (options: FactoryOptions) => Objective<RewardedPairBatch> | Objective<SampleBatch>;
  /** Options beside β. */
  readonly options?: readonly string[];
  /** Whether it learns from the policy's own samples only. */
  readonly online?: true;
}

const f = (loss: Parameters<typeof directAlignment>[0]['loss']): Entry => ({
  create: ({ beta }) => directAlignment({ loss, beta }),
});

/** Before a name: with adaptive importance weights. */
const ADAPTIVE = 'ais-';

/** The one place where objectives have names. */
const entries: Readonly<Record<string, Entry>> = {
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
  'online-dpo': { create: dpo, options: ['labelSmoothing'], online: true },
  'pairwise-policy-gradient': { create: pairwisePolicyGradient, online: true },
  rloo: { create: rloo, online: true },
};

/** The names that `objective` may have; each over pairs also with `ais-` before it. */
export const objectiveNames: readonly string[] = Object.keys(entries);

/**
 * The objective that settings name, with its importance weights.
 *
 * `ais-NAME` is NAME with `importance: inverse-length`. A path (`./plugin.js`) is a module whose default export is an
 * objective, or a function from options to one.
 *
 * @throws {ConfigurationError} for an unknown name or option, with the nearest one
 */
export async function chooseObjective(
  settings: Pick<Settings<'train'>, 'objective' | 'objectiveOptions' | 'beta' | 'importance' | 'online'>,
): Promise<ChosenObjective> {
  const { beta, objectiveOptions } = settings;
  const adaptive = settings.objective.startsWith(ADAPTIVE);
  const name = adaptive ? settings.objective.slice(ADAPTIVE.length) : settings.objective;
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  if (!entry && !/[./\\]/.test(name)) throw unknownName('objective', settings.objective, objectiveNames);
  for (const option of Object.keys(objectiveOptions)) {
    if (entry && !(entry.options ?? []).includes(option)) {
      throw unknownName(`objectiveOptions of ${name}`, option, entry.options ?? []);
    }
  }
  const options = { ...objectiveOptions, beta };
  const made: { readonly requires: { readonly feedback: string } } = entry
    ? entry.create(options)
    : await loadPlugin(name, options);
  if (made.requires.feedback === 'samples') {
    return { feedback: 'samples', objective: made as Objective<SampleBatch>, online: true };
  }
  const importance = importanceOf(adaptive ? 'inverse-length' : settings.importance);
  const objective = made as Objective<PairBatch>;
  return {
    feedback: 'pairs',
    objective: importance ? importanceWeighted(objective, importance) : objective,
    online: entry?.online ?? settings.online,
  };
}

/** Settings with what their objective implies: that it learns online, and the weights of `ais-NAME`. */
export async function withObjective(settings: Settings<'train'>): Promise<Settings<'train'>> {
  const { online } = await chooseObjective(settings);
  return {
    ...settings,
    online,
    ...(settings.objective.startsWith(ADAPTIVE) && { importance: 'inverse-length' }),
  };
}

function importanceOf(importance: Settings<'train'>['importance']): ImportanceOptions | undefined {
  if (importance === 'none') return undefined;
  if (typeof importance === 'number') return adaptiveImportance({ smoothing: fixed(importance) });
  return adaptiveImportance({
    smoothing: importance === 'inverse-length' ? inverseLength() : inverseSqrtLength(),
  });
}

async function loadPlugin(path: string, options: FactoryOptions): Promise<Objective> {
  let found: unknown;
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { readonly default?: unknown };
    found = typeof module.default === 'function' ? module.default(options) : module.default;
  } catch (cause) {
    throw new ConfigurationError('objective', path, `it could not be loaded: ${(cause as Error).message}`);
  }
  const objective = found as Partial<Objective> | undefined;
  if (objective?.specificationVersion !== 'v1' || typeof objective.evaluate !== 'function') {
    throw new ConfigurationError(
      'objective',
      path,
      'its default export is no objective (specificationVersion "v1"), and no function that returns one.',
    );
  }
  return objective as Objective;
}

function unknownName(key: string, name: string, known: readonly string[]): ConfigurationError {
  const nearest = known.length > 0 ? closestMatch(name, known) : undefined;
  const choice = known.length > 0 ? `Use one of: ${known.join(', ')}.` : 'It has none.';
  return new ConfigurationError(
    key,
    key,
    `there is no "${name}". ${nearest === undefined ? choice : `Did you mean "${nearest}"? ${choice}`}`,
  );
}
