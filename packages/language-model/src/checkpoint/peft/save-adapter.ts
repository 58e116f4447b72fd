import { makeWhole, nodeBuiltin } from '@ais/runtime/files';
import type { Tensor } from '@tensorflow/tfjs-core';
import { LanguageModelError } from '../../errors.js';
import type { Json } from '../../files/json.js';
import type { CausalLanguageModel, RewardModel } from '../../model/causal-language-model.js';
import { type ModelOrigin, modelOrigin } from '../../model/model-origin.js';
import { exists, INDEX_FILE, WEIGHTS_FILE } from '../checkpoint.js';
import { type FloatType, floatTypeOf, type WeightDtype } from '../float-formats.js';
import { safetensorsBytes, type TensorToWrite, writeSafetensors } from '../safetensors.js';
import {
  ADAPTER_CONFIGURATION_FILE,
  ADAPTER_FOLDER,
  ADAPTER_WEIGHTS_FILE,
  adapterConfigurationJson,
} from './adapter-configuration.js';
import { ADAPTER_PREFIX } from './adapter-weights.js';

/** A LoRA adapter of a model that holds it merged. */
export interface AdapterToSave {
  /** r */
  readonly rank: number;
  /** α: each adapted matrix is W₀ + (α/r)·B·A. */
  readonly alpha: number;
  /**
   * By name: A, [r, in], and B, [out, r], of the parameter `m.weight` are `m.lora_A.weight` and `m.lora_B.weight`; a parameter
   * that is trained as a whole has its own name.
   */
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** Options of `saveAdapter`. */
export interface SaveAdapterOptions {
  /**
   * The base model, as `owner/name` or a folder; by default, what the model was loaded from. None is named where that is not on disk,
   * or where another adapter is merged into it: save the merged model with `savePretrained` and give its folder.
   */
  readonly base?: string;
  /** How numbers are stored: `float32`, which loses nothing, by default. */
  readonly dtype?: WeightDtype;
  /** Whether everything is on the disk when this ends, so that a power cut loses nothing; true by default. */
  readonly flush?: boolean;
}

/**
 * Writes a LoRA adapter as PEFT does: `adapter_config.json` and `adapter_model.safetensors`, in a folder of their own.
 * `loadPretrained`, and PEFT, load it onto its base model.
 *
 * A folder that holds a model's weights is refused: `transformers` would add the adapter to a model that holds it already. A
 * reward model's offset is not part of an adapter: its scores on the base are those before centering.
 *
 * An interruption leaves the adapter that was there, the new one, or one without weights.
 *
 * @param model the model that the adapter belongs to
 * @param directory a local folder; made if there is none
 * @throws {LanguageModelError} `invalid-option` if nothing is adapted, or the folder holds a model; `disposed`
 * @throws {CheckpointError} `beyond-range` for a number that the type cannot hold
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * const module = 'gpt_neox.layers.0.attention.dense';
 * const parameters = new Map([
 *   [`${module}.lora_A.weight`, tf.ones([2, 16])],
 *   [`${module}.lora_B.weight`, tf.zeros([16, 2])],
 * ]);
 * await saveAdapter(model, { rank: 2, alpha: 4, parameters }, directory);
 */
export async function saveAdapter(
  model: CausalLanguageModel | RewardModel,
  adapter: AdapterToSave,
  directory: string,
  { base, dtype = 'float32', flush = true }: SaveAdapterOptions = {},
): Promise<void> {
  const type = floatTypeOf(dtype);
  const content = adapterContent(model, adapter, base);
  await requireNoModel(directory);
  await writeAdapter(directory, { ...content, type, flush });
}

/**
 * The files that `saveAdapter` writes, in memory: what a page trained can be downloaded, sent, or kept in the browser, and PEFT and
 * `loadPretrained` load it.
 *
 * @param model the model that the adapter belongs to
 * @param options.base the base model, as `saveAdapter` has it
 * @returns `adapter_config.json` and `adapter_model.safetensors`
 * @throws {LanguageModelError} `invalid-option` if nothing is adapted; `disposed`
 * @example
 * const adapter = addLora(model, { rank: 2, seed: 1 });
 * const files = await adapterFiles(model, adapter, { base: 'HuggingFaceTB/SmolLM2-135M-Instruct' });
 * console.log([...files.keys()]); // [ 'adapter_config.json', 'adapter_model.safetensors' ]
 * adapter.merge();
 */
export async function adapterFiles(
  model: CausalLanguageModel | RewardModel,
  adapter: AdapterToSave,
  { base }: Pick<SaveAdapterOptions, 'base'> = {},
): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const { json, tensors } = adapterContent(model, adapter, base);
  return new Map([
    [ADAPTER_CONFIGURATION_FILE, new TextEncoder().encode(configurationText(json))],
    [ADAPTER_WEIGHTS_FILE, await safetensorsBytes(tensors)],
  ]);
}

/** @throws {LanguageModelError} `invalid-option` if nothing is adapted; `disposed` */
function adapterContent(
  model: CausalLanguageModel | RewardModel,
  { rank, alpha, parameters }: AdapterToSave,
  given: string | undefined,
): Pick<AdapterContent, 'tensors' | 'json'> {
  const { architecture, configuration } = model;
  const { base, revision } = given === undefined ? baseOf(modelOrigin(model)) : { base: given };
  const names = [...parameters.keys()];
  const modules = names.flatMap((name) => /^(.*)\.lora_A\.weight$/.exec(name)?.[1] ?? []);
  if (modules.length === 0) {
    throw new LanguageModelError('invalid-option', 'an adapter must have A and B of a matrix at least.');
  }
  if ([...parameters.values()].some(({ isDisposed }) => isDisposed)) {
    const message = 'this adapter was merged, or its model disposed of; save it before that.';
    throw new LanguageModelError('disposed', message);
  }
  const specifications = [...architecture.parameters(configuration)];
  const json = adapterConfigurationJson({
    base,
    revision,
    isReward: 'scores' in model,
    rank,
    alpha,
    modules: [...new Set(modules.map(lastPart))],
    whole: names.filter((name) => !name.includes('.lora_')).map((name) => lastPart(moduleOf(name))),
    transposed: specifications.some(({ name, transposed }) => transposed && modules.includes(moduleOf(name))),
  });
  const tensors = Array.from(
    parameters,
    ([name, tensor]): TensorToWrite => ({
      name: ADAPTER_PREFIX + name,
      shape: tensor.shape,
      values: () => tensor.data<'float32'>(),
    }),
  );
  return { tensors, json };
}

/** @throws {LanguageModelError} `invalid-option` where a folder holds a model's weights */
async function requireNoModel(directory: string): Promise<void> {
  const { join } = nodeBuiltin('node:path', 'Saving an adapter');
  for (const name of [WEIGHTS_FILE, INDEX_FILE]) {
    if (!(await exists(join(directory, name)))) continue;
    throw new LanguageModelError(
      'invalid-option',
      `${directory} holds a model (${name}), and transformers would add the adapter to it. Give a folder of its own, such as ` +
        `${join(directory, ADAPTER_FOLDER)}.`,
    );
  }
}

interface AdapterContent {
  readonly tensors: readonly TensorToWrite[];
  readonly json: Json;
  readonly type: FloatType;
  readonly flush: boolean;
}

/** Writes both files under temporary names first; the weights, without which it is no adapter, go first and come last. */
async function writeAdapter(
  directory: string,
  { tensors, json, type, flush }: AdapterContent,
): Promise<void> {
  const { rm, writeFile } = nodeBuiltin('node:fs/promises', 'Saving an adapter');
  const { join } = nodeBuiltin('node:path', 'Saving an adapter');
  const weights = join(directory, ADAPTER_WEIGHTS_FILE);
  const writeBoth = async (temporaryWeights: string): Promise<void> => {
    await writeSafetensors(temporaryWeights, tensors, { dtype: type });
    const fill = async (temporary: string): Promise<void> => {
      await writeFile(temporary, configurationText(json));
      await rm(weights, { force: true });
    };
    await makeWhole(join(directory, ADAPTER_CONFIGURATION_FILE), fill, { flush });
  };
  await makeWhole(weights, writeBoth, { flush });
}

function configurationText(json: Json): string {
  return `${JSON.stringify(json, null, 2)}\n`;
}

function moduleOf(parameter: string): string {
  return parameter.replace(/\.weight$/, '');
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * The model's place as others find it: a repository's snapshot in the Hub's cache by the repository's name and commit. A model that
 * another adapter is merged into has none: what it was loaded from is not the whole model.
 */
function baseOf({ path, adapters }: ModelOrigin): {
  readonly base: string | undefined;
  readonly revision?: string | undefined;
} {
  if (path === undefined || adapters.length > 0) return { base: undefined };
  const [, owner, name, revision] =
    /[\\/]models--(.+?)--(.+)[\\/]snapshots[\\/]([0-9a-f]{40})[\\/]?$/.exec(path) ?? [];
  if (owner !== undefined && name !== undefined) return { base: `${owner}/${name}`, revision };
  return { base: nodeBuiltin('node:path', 'Saving an adapter').resolve(path) };
}
