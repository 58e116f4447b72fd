import { z } from 'zod';
import { type Fields, fraction, headed, name, setting } from './setting.js';

/** The settings of the loss that a policy is trained with; the same words in commands and in the runs of a study. */
export interface ObjectiveSettings {
  readonly objective: string;
  readonly objectiveOptions: Readonly<Record<string, string | number | boolean>>;
  readonly beta: number;
  readonly importance: ImportanceSettings;
  readonly behavior: 'data' | 'reference';
}

/** Before the name of an objective: with adaptive importance weights. */
export const ADAPTIVE = 'ais-';

/** Before the name of an objective: with its log-ratios bounded token by token. */
export const HUMANLINE = 'humanline-';

/**
 * The name of an objective without what may stand before it: that it has importance weights, and bounds.
 *
 * @example
 * console.log(plainObjective('ais-humanline-dpo'), plainObjective('rloo')); // dpo rloo
 */
export function plainObjective(name: string): string {
  return [ADAPTIVE, HUMANLINE].reduce(
    (rest, prefix) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : rest),
    name,
  );
}

/** The schema of an objective's options, beside β. */
export const objectiveOptions: z.ZodRecord<
  z.ZodString,
  z.ZodUnion<readonly [z.ZodNumber, z.ZodString, z.ZodBoolean]>
> = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));

/** β where nothing says otherwise. */
export const USUAL_BETA = 0.05;

/** How α depends on the length of a response: 1/|y|, 1/√|y|, or a number. */
export type SmoothingSettings = 'inverse-length' | 'inverse-sqrt-length' | number;

/** Importance weights: none, a smoothing with every default, or all options of `@ais/objectives`. */
export type ImportanceSettings = 'none' | SmoothingSettings | ImportanceOptionsSettings;

/** Importance weights as an object of settings. */
export interface ImportanceOptionsSettings {
  readonly smoothing: SmoothingSettings;
  readonly pool?: 'response' | 'pair' | undefined;
  readonly level?: 'pair' | 'token' | undefined;
  readonly clipTokens?: ClipSettings | undefined;
  readonly clipResponses?: ClipSettings | undefined;
  readonly mask?: BoundsSettings | undefined;
  readonly clip?: BoundsSettings | undefined;
  readonly filter?: BoundsSettings | undefined;
  readonly vespo?:
    | { readonly chosen?: KernelSettings | undefined; readonly rejected?: KernelSettings | undefined }
    | undefined;
  readonly differentiable?: boolean | undefined;
  readonly selfNormalized?: boolean | undefined;
  readonly meanWeightOnly?: boolean | undefined;
}

/** Bounds in nats. */
export interface BoundsSettings {
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

/** Bounds, and what becomes of what is out of them. */
export interface ClipSettings extends BoundsSettings {
  readonly outside?: 'truncate' | 'mask' | undefined;
}

interface KernelSettings {
  readonly k: number;
  readonly lambda: number;
}

const bounds = { lower: z.number().optional(), upper: z.number().optional() };
const clip = z.strictObject({ ...bounds, outside: z.enum(['truncate', 'mask']).optional() }).optional();
const kernel = z.strictObject({ k: z.number().nonnegative(), lambda: z.number().nonnegative() }).optional();

const smoothing = z.union([z.enum(['inverse-length', 'inverse-sqrt-length']), fraction]);

const importanceFields: Fields<ImportanceOptionsSettings> = {
  smoothing: setting(
    smoothing.default('inverse-length'),
    'α: inverse-length (1/|y|), inverse-sqrt-length (1/√|y|), or a number.',
  ),
  pool: setting(
    z.enum(['response', 'pair']).optional(),
    'One α per response from its own length, or one per pair from the sum of both; response by default.',
  ),
  level: setting(
    z.enum(['pair', 'token']).optional(),
    'What has a weight: the loss of each pair, or the gradient of each token; pair by default.',
  ),
  clipTokens: setting(
    clip,
    'Bounds on the log-ratio of each token, in nats; outside of them it is truncated, or with outside: mask the weight is 0.',
  ),
  clipResponses: setting(
    clip,
    'Bounds on the log of each response’s factor, in nats; outside of them it is truncated, or with outside: mask the weight is 0.',
  ),
  mask: setting(
    z.strictObject(bounds).optional(),
    'Bounds on the log of the pair’s weight, in nats, outside of which the weight is 0.',
  ),
  clip: setting(
    z.strictObject(bounds).optional(),
    'Bounds on the log of the pair’s weight, in nats, to which it is truncated; none by default.',
  ),
  filter: setting(
    z.strictObject(bounds).optional(),
    'Bounds on the mean log-ratio of a response’s tokens, in nats: outside of them the pair’s weight is 0, within them it stays.',
  ),
  vespo: setting(
    z.strictObject({ chosen: kernel, rejected: kernel }).optional(),
    'VESPO’s smooth bound W^k·e^(λ(1−W)) in place of each response’s factor W; k and λ are 2 and 3 for chosen, 3 and 2 for rejected responses by default.',
  ),
  differentiable: setting(
    z.boolean().optional(),
    'Whether gradients flow through the weight; false by default.',
  ),
  selfNormalized: setting(
    z.boolean().optional(),
    'Divide weights by their mean over the batch; false by default.',
  ),
  meanWeightOnly: setting(
    z.boolean().optional(),
    'Replace each weight by the mean over the batch: the control that makes steps smaller and does nothing else.',
  ),
};

/** The schema of each setting that decides an objective. */
export const objectiveFields: Fields<ObjectiveSettings> = headed('Objective', {
  objective: setting(
    name.default('dpo'),
    'An objective by name (ais-NAME adds adaptive importance weights, humanline-NAME bounds on the log-ratio of each token), ./plugin.js, or an installed package; package#name picks one of its exports.',
    { flag: '--objective <name>', brief: 'dpo, ais-dpo, ipo, …, ./plugin.js, a package' },
  ),
  objectiveOptions: setting(
    objectiveOptions.default({}),
    'Further options of the objective, such as labelSmoothing; those of weighted-sum are names of objectives with their weights.',
  ),
  beta: setting(
    z.number().nonnegative().default(USUAL_BETA),
    'β, the strength of the KL regularization; 2 by default for simpo, 2.5 for alpha-po, 0.1 for cpo, and for orpo, whose λ it is; 0 for gspo, luspo, and cispo.',
    { flag: '--beta <number>', brief: 'β, the strength of the regularization' },
  ),
  importance: setting(
    z.union([z.literal('none'), smoothing, z.strictObject(importanceFields)]).default('none'),
    'Importance weights: none, inverse-length (α = 1/|y|), inverse-sqrt-length (α = 1/√|y|), or a fixed α; an object has further options.',
    { flag: '--importance <kind>', brief: 'inverse-length (AIS), none, or a number' },
  ),
  behavior: setting(
    z.enum(['data', 'reference']).default('data'),
    'Whose log-probabilities the weights compare with: those in the pairs where there are any, or the reference’s.',
    '--behavior <whose>',
  ),
});
