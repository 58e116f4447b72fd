import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TemplateVariables } from '@ais/data/chat';
import { readJson, readText } from '@ais/runtime/files';
import { isRepositoryName } from '@ais/runtime/hub';
import { listCheckpoints } from '@ais/trainer/runs';
import { savedTemplateVariables } from '../corpus/model-text.js';
import { namedModel } from '../models/named-models.js';
import { listModels } from '../models/pull-model.js';
import { isAddress, NEW_MODEL } from '../settings/model-settings.js';
import type { ImportanceSettings } from '../settings/objective-settings.js';
import { parseYaml } from '../settings/parse-yaml.js';
import { type RecordedEvaluation, readEvaluations } from '../steps/recorded-evaluations.js';

/** The model that others were trained from, as far as it is known. */
export interface BaseModel {
  readonly name: string;
  /** `owner/name` on the Hugging Face Hub. */
  readonly repository?: string;
  /** As the Hub writes licenses: `apache-2.0`. */
  readonly license?: string;
  /** The file that its weights come from, where the repository holds others. */
  readonly file?: string;
}

/** A training run, as its folder has it; what it does not say is absent. */
export interface RunFacts {
  readonly kind: 'sft' | 'reward' | 'preference' | 'other';
  readonly step: number;
  readonly seed?: number;
  readonly objective?: string;
  readonly beta?: number;
  readonly importance?: ImportanceSettings;
  readonly data: {
    readonly name?: string;
    /** Pairs, rows, examples, or prompts. */
    readonly count?: string;
    readonly sha256?: string;
  };
  readonly training: {
    readonly batchSize?: number;
    readonly learningRate?: number;
    readonly schedule?: string;
    readonly lora?: { readonly rank: number; readonly alpha: number };
  };
  /** Who judged along the run. */
  readonly judge?: string;
  /** α of the importance weights, averaged over the responses of the held-out pairs. */
  readonly meanAlpha?: number;
  /** The evaluation at the step of the model. */
  readonly evaluation?: RecordedEvaluation;
  /** The command that was given. */
  readonly command?: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** The origin of a model: the base that it was trained from, and the runs that trained it, the last one first. */
export interface ModelFacts {
  readonly base?: BaseModel;
  /** Whether the first run began with random weights. */
  readonly isNew?: boolean;
  /** Variables of the chat template that its conversations were rendered with. */
  readonly templateVariables?: TemplateVariables;
  readonly runs: readonly RunFacts[];
}

/** The folder of the adapter in a checkpoint of LoRA. */
export const ADAPTER_FOLDER = 'adapter';

/** Runs that start from runs are followed so far. */
const MOST_RUNS = 8;

/**
 * Reads what is known of a model.
 *
 * @param name as it was asked for: a run, a folder, a GGUF file, a name, or `owner/name`
 * @param folder where it is, as `findModel` says
 */
export async function modelFacts(name: string, folder: string): Promise<ModelFacts> {
  const templateVariables = await savedTemplateVariables(folder).catch(() => undefined);
  return { ...(await originOf(name, folder)), ...(templateVariables && { templateVariables }) };
}

async function originOf(name: string, folder: string): Promise<ModelFacts> {
  const runs: RunFacts[] = [];
  let [asked, place] = [name, folder];
  while (runs.length < MOST_RUNS) {
    const found = await runOf(place);
    if (found === undefined) break;
    runs.push(found.facts);
    if (found.model === NEW_MODEL) return { isNew: true, runs };
    if (found.model === undefined) {
      // A run of a study does not say what it began with; its adapter does.
      const base = await adapterBase(join(folder, ADAPTER_FOLDER)).catch(() => undefined);
      return { ...(base && { base }), runs };
    }
    asked = found.model;
    place = found.model;
  }
  return { base: await baseModel(asked, place), runs };
}

/** A folder of a run, or of one of its checkpoints: the run, and the model that it started from. */
async function runOf(
  place: string,
): Promise<{ readonly facts: RunFacts; readonly model: string | undefined } | undefined> {
  const checkpoint = /^step-(\d+)$/.exec(basename(place))?.[1];
  const directory = checkpoint === undefined ? place : dirname(dirname(place));
  const config = await readJson<RunConfiguration>(join(directory, 'config.json')).catch(() => undefined);
  if (typeof config?.stage !== 'string') return undefined;
  const { settings = {} } = config.configuration ?? {};
  const step = Number(checkpoint ?? (await newestStep(directory)) ?? config.training?.steps ?? 0);
  const { model } = settings;
  const facts: RunFacts = {
    ...{ kind: kindOf(config), step, data: dataOf(config), versions: config.versions ?? {} },
    ...(config.seed !== undefined && { seed: config.seed }),
    ...(config.objective?.name !== undefined && { objective: config.objective.name }),
    ...(config.objective && settings.beta !== undefined && { beta: settings.beta }),
    ...(config.objective && settings.importance !== undefined && { importance: settings.importance }),
    training: {
      ...(config.training?.batchSize !== undefined && { batchSize: config.training.batchSize }),
      ...(config.training?.learningRate !== undefined && { learningRate: config.training.learningRate }),
      ...(config.training?.schedule && { schedule: config.training.schedule.name }),
      ...(config.lora && { lora: config.lora }),
    },
    ...judgeOf(config.scorer ?? settings.scorer),
    ...(await measuredAt(directory, step)),
    ...(config.notes?.commandLine !== undefined && { command: config.notes.commandLine }),
  };
  // A command without a model trains a new one.
  return { facts, model: model ?? (config.configuration?.command === undefined ? undefined : NEW_MODEL) };
}

/** The step of a run's newest checkpoint: a run may have ended before its last step. */
async function newestStep(directory: string): Promise<number | undefined> {
  const stored = await listCheckpoints(join(directory, 'checkpoints')).catch(() => []);
  return stored.findLast(({ unfinished }) => !unfinished)?.step;
}

/** The fields that are read of config.json of a run. */
interface RunConfiguration {
  readonly stage?: string;
  readonly seed?: number;
  readonly scorer?: string;
  readonly training?: {
    readonly steps?: number;
    readonly batchSize?: number;
    readonly learningRate?: number;
    readonly schedule?: { readonly name: string };
  };
  readonly objective?: { readonly name?: string };
  readonly data?: Readonly<Record<string, unknown>>;
  readonly lora?: { readonly rank: number; readonly alpha: number };
  readonly configuration?: {
    readonly command?: string;
    readonly settings?: {
      readonly model?: string;
      readonly source?: string;
      readonly pairs?: string;
      readonly scorer?: string;
      readonly beta?: number;
      readonly importance?: ImportanceSettings;
    };
  };
  readonly notes?: { readonly commandLine?: string };
  readonly versions?: Readonly<Record<string, string>>;
}

function kindOf({ configuration, objective, stage }: RunConfiguration): RunFacts['kind'] {
  if (objective !== undefined) return 'preference';
  const name = configuration?.command ?? stage;
  return name === 'sft' || name === 'reward' ? name : 'other';
}

function dataOf({ data = {}, configuration }: RunConfiguration): RunFacts['data'] {
  const { pairs, source } = configuration?.settings ?? {};
  const name = pairs ?? source;
  const count = ['pairs', 'rows', 'examples', 'prompts'].find((key) => typeof data[key] === 'number');
  const { sha256 } = data;
  return {
    // A local path means nothing to anyone else.
    ...(name !== undefined && { name: isDataSet(name) ? name : basename(name) }),
    ...(count !== undefined && { count: `${data[count]} ${count}` }),
    ...(typeof sha256 === 'string' && { sha256 }),
  };
}

/** Whether a source is a data set on the Hub. */
export function isDataSet(name: string): boolean {
  return isRepositoryName(name) && !existsSync(name) && !/\.\w+$/.test(name);
}

/** An address without its credentials and its query. */
function judgeOf(scorer: string | undefined): { readonly judge?: string } {
  if (scorer === undefined) return {};
  if (!isAddress(scorer)) return { judge: existsSync(scorer) ? basename(scorer) : scorer };
  return { judge: URL.canParse(scorer) ? new URL(scorer).origin : 'a server' };
}

async function measuredAt(
  directory: string,
  step: number,
): Promise<Pick<RunFacts, 'evaluation' | 'meanAlpha'>> {
  const evaluation = (await readEvaluations(directory)).find((each) => each.step === step);
  const alpha = (await metricsAt(directory, step))['eval_weights/alpha'];
  return {
    ...(evaluation && { evaluation }),
    ...(typeof alpha === 'number' && { meanAlpha: alpha }),
  };
}

/** The row of the evaluation at a step in metrics.jsonl; empty without one. */
async function metricsAt(directory: string, step: number): Promise<Record<string, unknown>> {
  const text = await readText(join(directory, 'metrics.jsonl')).catch(() => '');
  for (const line of text.trimEnd().split('\n').reverse()) {
    try {
      const row = JSON.parse(line) as Record<string, unknown>;
      if (row['event'] === 'evaluate' && row['step'] === step) return row;
    } catch {
      // A line that a kill has cut off.
    }
  }
  return {};
}

/** The base model that an adapter names. */
export async function adapterBase(folder: string): Promise<BaseModel | undefined> {
  const { base_model_name_or_path: base } =
    (await readJson<{ readonly base_model_name_or_path?: unknown }>(join(folder, 'adapter_config.json'))) ??
    {};
  return typeof base === 'string' && base !== '' ? baseModel(base, base) : undefined;
}

async function baseModel(asked: string, place: string): Promise<BaseModel> {
  const named = existsSync(asked) ? undefined : namedModel(asked);
  if (named) {
    const { repository, license, wheel } = named;
    const isFromWheel = listModels().some((each) => each.name === asked && each.directory !== null);
    return {
      ...{ name: basename(repository), repository, license: license.toLowerCase() },
      ...(isFromWheel && { file: basename(wheel.member) }),
    };
  }
  const license = await licenseIn(place);
  const isOnHub = !existsSync(asked) && isRepositoryName(asked);
  return {
    name: isOnHub ? asked : basename(asked),
    ...(isOnHub && { repository: asked }),
    ...(license !== undefined && { license }),
  };
}

/** The license that the README of a model's folder names. */
async function licenseIn(folder: string): Promise<string | undefined> {
  const text = await readText(join(folder, 'README.md')).catch(() => '');
  const front = /^---\r?\n(.*?)\r?\n---/s.exec(text)?.[1];
  if (front === undefined) return undefined;
  try {
    const { license } = (parseYaml(front) ?? {}) as { license?: unknown };
    return typeof license === 'string' && /^[\w.-]+$/.test(license) ? license : undefined;
  } catch {
    return undefined;
  }
}
