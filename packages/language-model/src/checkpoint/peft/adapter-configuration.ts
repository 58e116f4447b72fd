import { CheckpointError, shown } from '../../errors.js';
import type { Json } from '../../files/json.js';
import { configurationObject } from '../checkpoint.js';

export const ADAPTER_CONFIGURATION_FILE = 'adapter_config.json';
export const ADAPTER_WEIGHTS_FILE = 'adapter_model.safetensors';
/** The folder of an adapter, beside the merged model. */
export const ADAPTER_FOLDER = 'adapter';

/** What `adapter_config.json` says: to which model the adapter belongs, and what B·A is multiplied with. */
export interface AdapterConfiguration {
  /** The base model: a folder, or `owner/name` on the Hub; absent where the file does not say. */
  readonly base: string | undefined;
  /** The base model's branch, tag, or commit, where it is a repository; absent where the file does not say. */
  readonly revision: string | undefined;
  /** Whether the base is made a reward model, with a new `score`. */
  readonly isReward: boolean;
  /** r of a module. */
  rank(module: string): number;
  /** α/r of a module, or α/√r. */
  scale(module: string): number;
  /** α of a module; where B·A is multiplied with α/√r, α·√r, so that it is α/r all the same. */
  alpha(module: string): number;
}

/** Keys that decide nothing here: which modules are adapted, and which saved whole, the weights themselves say. */
const WITHOUT_EFFECT = new Set([
  ...['auto_mapping', 'bias', 'ensure_weight_tying', 'eva_config', 'exclude_modules', 'fan_in_fan_out'],
  ...['inference_mode', 'layers_pattern', 'layers_to_transform', 'lora_dropout', 'megatron_core'],
  ...['modules_to_save', 'peft_version', 'qalora_group_size', 'runtime_config', 'target_modules'],
]);

const READ = new Set([
  ...['alpha_pattern', 'base_model_name_or_path', 'init_lora_weights', 'lora_alpha', 'peft_type', 'r'],
  ...['rank_pattern', 'revision', 'task_type', 'use_rslora'],
]);

/** Initializations that leave the base model as it is; PiSSA, OLoRA, CorDA, and LoftQ take what they put into A and B from it. */
const INITIALIZATIONS: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'eva', 'orthogonal'];

const TASKS: readonly unknown[] = [undefined, null, 'CAUSAL_LM', 'SEQ_CLS'];

/**
 * Reads `adapter_config.json` of PEFT's LoRA.
 *
 * @throws {CheckpointError} `checkpoint-corrupt` naming the key; `unsupported-adapter` for anything that would change
 *   what is computed and is not known here
 */
export function readAdapterConfiguration(stored: unknown, file: string): AdapterConfiguration {
  const json = configurationObject(stored, file);
  const refuse = (key: string, expected: string): never => {
    throw new CheckpointError('unsupported-adapter', `adapters with this ${key} are not supported.`, {
      file,
      expected,
      found: shown(json[key]),
    });
  };
  const corrupt = (key: string, expected: string): never => {
    throw new CheckpointError('checkpoint-corrupt', `its ${key} is wrong.`, {
      file,
      expected,
      found: shown(json[key]),
    });
  };
  if (json['peft_type'] !== 'LORA') refuse('peft_type', '"LORA"');
  const { task_type: task, base_model_name_or_path: base = null, use_rslora: isStabilized = false } = json;
  const { revision = null } = json;
  if (!TASKS.includes(task)) refuse('task_type', 'CAUSAL_LM or SEQ_CLS');
  if (!INITIALIZATIONS.includes(json['init_lora_weights'])) {
    refuse('init_lora_weights', 'an initialization that leaves the base model as it is');
  }
  for (const [key, value] of Object.entries(json)) {
    if (!READ.has(key) && !WITHOUT_EFFECT.has(key) && !isUnset(value)) {
      refuse(key.slice(0, 100), 'plain LoRA, without it');
    }
  }
  if (base !== null && typeof base !== 'string') corrupt('base_model_name_or_path', 'a name');
  if (revision !== null && typeof revision !== 'string') corrupt('revision', 'a branch, tag, or commit');
  if (typeof isStabilized !== 'boolean') corrupt('use_rslora', 'true or false');
  if (!isRank(json['r'])) corrupt('r', 'an integer ≥ 1');
  if (!isScale(json['lora_alpha'])) corrupt('lora_alpha', 'a number above 0');
  const pattern = (key: string, isValue: (value: unknown) => value is number): [string, number][] => {
    const entries = json[key] ?? {};
    if (typeof entries !== 'object' || Array.isArray(entries)) corrupt(key, 'modules and numbers');
    return Object.entries(entries).map(([module, value]) => {
      if (!/^[\w.-]+$/.test(module)) refuse(key, 'names of modules, not regular expressions');
      if (!isValue(value)) return corrupt(key, 'modules and numbers above 0');
      return [module, value];
    });
  };
  const ranks = pattern('rank_pattern', isRank);
  const alphas = pattern('alpha_pattern', isScale);
  const rank = (module: string): number => firstMatch(ranks, module) ?? (json['r'] as number);
  const alpha = (module: string): number => firstMatch(alphas, module) ?? (json['lora_alpha'] as number);
  return {
    base: (base as string | null) || undefined,
    revision: (revision as string | null) || undefined,
    isReward: task === 'SEQ_CLS',
    rank,
    scale: (module) => alpha(module) / (isStabilized ? Math.sqrt(rank(module)) : rank(module)),
    alpha: (module) => alpha(module) * (isStabilized ? Math.sqrt(rank(module)) : 1),
  };
}

function isRank(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isScale(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) > 0;
}

function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

/** A pattern's name is a module's, or the end of it after a dot. */
function firstMatch(patterns: readonly (readonly [string, number])[], module: string): number | undefined {
  return patterns.find(([name]) => module === name || module.endsWith(`.${name}`))?.[1];
}

/** What `adapter_config.json` is written from. */
export interface AdapterConfigurationToWrite {
  readonly base: string | undefined;
  /** The base's commit, where it is a repository. */
  readonly revision: string | undefined;
  readonly isReward: boolean;
  readonly rank: number;
  readonly alpha: number;
  /** Modules that are adapted, such as `q_proj`: the ends of their names. */
  readonly modules: readonly string[];
  /** Modules that are trained as a whole. */
  readonly whole: readonly string[];
  /** Whether the matrices are [in, out] in checkpoints. */
  readonly transposed: boolean;
}

/** `adapter_config.json` as PEFT has it. */
export function adapterConfigurationJson(adapter: AdapterConfigurationToWrite): Json {
  return {
    alpha_pattern: {},
    auto_mapping: null,
    base_model_name_or_path: adapter.base ?? null,
    bias: 'none',
    fan_in_fan_out: adapter.transposed,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    modules_to_save: adapter.whole.length > 0 ? adapter.whole : null,
    peft_type: 'LORA',
    r: adapter.rank,
    rank_pattern: {},
    revision: adapter.revision ?? null,
    target_modules: adapter.modules,
    task_type: adapter.isReward ? 'SEQ_CLS' : 'CAUSAL_LM',
    use_dora: false,
    use_rslora: false,
  };
}
