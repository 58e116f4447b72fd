import { explainFileError, nodeBuiltin, publish, temporaryPath } from '@ais/runtime/files';
import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, LanguageModelError } from '../errors.js';
import type { Architecture, ModelConfiguration } from '../families/architecture.js';
import { diskFolder, readWhole } from '../files/disk.js';
import type { Json } from '../files/json.js';
import type { CompanionFiles } from '../model/companion-files.js';
import { effectiveParameter } from '../model/lora.js';
import { agreeingFiles } from './agreeing-files.js';
import {
  CONFIGURATION_FILE,
  exists,
  GENERATION_FILE,
  INDEX_FILE,
  shardNames,
  WEIGHTS_FILE,
} from './checkpoint.js';
import { possibleCompanions } from './companion-files.js';
import { FLOAT_BYTES, type FloatType, floatTypeOf, type WeightDtype } from './float-formats.js';
import { ADAPTER_CONFIGURATION_FILE, ADAPTER_WEIGHTS_FILE } from './peft/adapter-configuration.js';
import { CARD_FILE, isRewardModelCard } from './reward-model-card.js';
import { type TensorToWrite, tensorSize, writeSafetensors } from './safetensors.js';

/** Options of `savePretrained`. */
export interface SaveOptions {
  /** How weights are stored: `float32`, which loses nothing, by default. */
  readonly dtype?: WeightDtype;
  /**
   * Bytes of a weights file at most; a larger model is written as several files and an index. A single tensor is
   * never divided. 50e9 by default, as `transformers` has it.
   */
  readonly maxShardBytes?: number;
  /**
   * The folder of the tokenizer that the model is used with: its files are copied, in place of those of another one. By default,
   * those that the model was loaded with.
   */
  readonly tokenizer?: string;
  /** Whether everything is on the disk when this ends, so that a power cut loses nothing; true by default. */
  readonly flush?: boolean;
}

/** What a checkpoint is written from. */
export interface CheckpointContent {
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Whether it is a language model, with `generation_config.json`, and not a reward model. */
  readonly generates: boolean;
  /** A README for the folder, from the configuration as it is written and the text of its padding token. */
  readonly card?: (configuration: ModelConfiguration, padding: string | undefined) => string;
  readonly extraKeys?: Readonly<Record<string, unknown>>;
  readonly companions: CompanionFiles;
}

/**
 * Writes a checkpoint: every file under a temporary name first, all of them renamed at the end.
 *
 * An interruption leaves the old checkpoint, the new one, or one without weights: never the weights of one beside the configuration of
 * the other. What makes a folder a model goes first, `model.safetensors` or the index, and comes last.
 *
 * @throws {FileError} `disk-full`, `not-writable`
 */
export async function writeCheckpoint(
  directory: string,
  content: CheckpointContent,
  { dtype = 'float32', maxShardBytes = 50e9, tokenizer, flush = true }: SaveOptions = {},
): Promise<void> {
  const type = floatTypeOf(dtype);
  if (!(maxShardBytes > 0)) {
    throw new LanguageModelError(
      'invalid-option',
      `maxShardBytes must be a number of bytes above 0, got ${maxShardBytes}.`,
    );
  }
  if ([...content.parameters.values()].some((variable) => variable.isDisposed)) {
    throw new LanguageModelError('disposed', 'this model was disposed of; save it before that.');
  }
  const { mkdir, rename, rm, writeFile } = nodeBuiltin('node:fs/promises', 'Saving a model');
  const { dirname, join } = nodeBuiltin('node:path', 'Saving a model');
  const { architecture, generates, extraKeys = {} } = content;
  const { configuration, files, padding } = await agreeingFiles({ ...content, tokenizer });
  const written = new Map<string, string>();
  const place = (name: string): string => {
    const path = temporaryPath(join(directory, name));
    written.set(path, join(directory, name));
    return path;
  };
  const shards = shardsOf(content, type, maxShardBytes);
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, tensors] of shards) {
      await writeSafetensors(place(name), tensors, { dtype: type });
    }
    if (shards.size > 1) await writeFile(place(INDEX_FILE), indexOf(shards, type));
    for (const [name, content] of files) {
      const path = place(name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    const card = join(directory, CARD_FILE);
    // A README that was written by someone else stays.
    const isOwnCard = await hasRewardModelCard(card);
    if (content.card !== undefined && (isOwnCard || !(await exists(card)))) {
      await writeFile(place(CARD_FILE), content.card(configuration, padding));
    }
    const name = architecture.architectures[generates ? 'causal' : 'score'];
    const config = {
      ...configurationJson(architecture, configuration, name, dtype, extraKeys),
      ...extraKeys,
    };
    await writeFile(place(CONFIGURATION_FILE), `${JSON.stringify(config, null, 2)}\n`);

    const remove = async (names: readonly string[]): Promise<void> => {
      for (const name of names) await rm(join(directory, name), { force: true });
    };
    const shardsBefore = await formerShards(directory);
    await remove([WEIGHTS_FILE, INDEX_FILE, ...shardsBefore]);
    // `transformers` would add an adapter that lies here to the new weights, which hold it already or have nothing to do with it.
    await remove([ADAPTER_CONFIGURATION_FILE, ADAPTER_WEIGHTS_FILE]);
    await remove(await staleCompanions(directory, files));
    if (content.card === undefined && isOwnCard) await remove([CARD_FILE]);
    const isWeights = (path: string): boolean => /\.safetensors(\.index\.json)?$/.test(path);
    const inOrder = [...written].sort(([, a], [, b]) => Number(isWeights(a)) - Number(isWeights(b)));
    for (const [temporary, path] of inOrder) await (flush ? publish : rename)(temporary, path);
  } catch (cause) {
    await Promise.all([...written.keys()].map((path) => rm(path, { force: true }).catch(() => {})));
    throw explainFileError(cause, directory);
  }
}

/** `config.json`; keys that this package does not know are kept, but for those that are written after it. */
export function configurationJson(
  architecture: Architecture,
  configuration: ModelConfiguration,
  name: string,
  dtype: string,
  written: Json = {},
): Json {
  const others = Object.entries(configuration.otherKeys).filter(([key]) => !Object.hasOwn(written, key));
  return {
    ...Object.fromEntries(others),
    architectures: [name],
    model_type: architecture.modelType,
    ...architecture.write(configuration),
    torch_dtype: dtype,
    dtype,
  };
}

/** The parameters that checkpoints have the other way around. */
function transposedNames(architecture: Architecture, configuration: ModelConfiguration): Set<string> {
  const names = new Set<string>();
  for (const { name, transposed } of architecture.parameters(configuration)) if (transposed) names.add(name);
  return names;
}

/** A parameter's numbers with its adapter, if it has one, added. */
async function valuesOf(
  parameters: CheckpointContent['parameters'],
  name: string,
  isTurned: boolean,
): Promise<Float32Array> {
  const value = tf.tidy(() => {
    const own = effectiveParameter(parameters, name);
    return isTurned ? tf.transpose(own) : own;
  });
  try {
    return await value.data<'float32'>();
  } finally {
    value.dispose();
  }
}

/** Whether a README is there that this package wrote, as far as it can be read. */
async function hasRewardModelCard(path: string): Promise<boolean> {
  const content = await readWhole(path).catch(() => undefined);
  return content !== undefined && isRewardModelCard(new TextDecoder().decode(content));
}

/**
 * What lies in a folder of another tokenizer or of generation, and would be read with what was written. Where no tokenizer was
 * written, the one that is there stays: a user may have put it there for this model.
 */
async function staleCompanions(directory: string, written: ReadonlyMap<string, unknown>): Promise<string[]> {
  const isTokenizer = ['tokenizer.json', 'vocab.json', 'tokenizer.model'].some((name) => written.has(name));
  const names = isTokenizer ? await possibleCompanions(diskFolder(directory)) : [GENERATION_FILE];
  return names.filter((name) => !written.has(name));
}

/** The files that an index in the folder names, which a new checkpoint replaces. */
async function formerShards(directory: string): Promise<string[]> {
  const index = nodeBuiltin('node:path', 'Saving a model').join(directory, INDEX_FILE);
  if (!(await exists(index))) return [];
  try {
    return await shardNames(index);
  } catch (error) {
    // An index that cannot be read names nothing.
    if (error instanceof CheckpointError) return [];
    throw error;
  }
}

/** The parameters by file, in order: a file is closed before the parameter that would take it over the limit. */
function shardsOf(
  { architecture, configuration, parameters }: CheckpointContent,
  dtype: FloatType,
  maxShardBytes: number,
): Map<string, TensorToWrite[]> {
  const turned = transposedNames(architecture, configuration);
  const shards: TensorToWrite[][] = [[]];
  let bytes = 0;
  for (const [name, variable] of parameters) {
    const size = FLOAT_BYTES[dtype] * variable.size;
    if (bytes > 0 && bytes + size > maxShardBytes) {
      shards.push([]);
      bytes = 0;
    }
    bytes += size;
    const isTurned = turned.has(name);
    shards.at(-1)?.push({
      name,
      shape: isTurned ? variable.shape.toReversed() : variable.shape,
      values: () => valuesOf(parameters, name, isTurned),
    });
  }
  const number = (index: number): string => String(index).padStart(5, '0');
  return new Map(
    shards.map((tensors, index) => [
      shards.length === 1
        ? WEIGHTS_FILE
        : `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`,
      tensors,
    ]),
  );
}

/** `model.safetensors.index.json` of these tensors by file. */
export function indexOf(shards: ReadonlyMap<string, readonly TensorToWrite[]>, dtype: FloatType): string {
  const tensors = [...shards.values()].flat();
  const numbers = tensors.reduce((sum, { shape }) => sum + tensorSize(shape), 0);
  const places = [...shards].flatMap(([file, of]) => of.map(({ name }) => [name, file] as const));
  const index = {
    metadata: { total_parameters: numbers, total_size: numbers * FLOAT_BYTES[dtype] },
    weight_map: Object.fromEntries(places.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
  return `${JSON.stringify(index, null, 2)}\n`;
}
