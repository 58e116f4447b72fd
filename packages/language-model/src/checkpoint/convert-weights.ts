import { editJson, nodeBuiltin } from '@ais/runtime/files';
import { architectureOf } from '../families/registry.js';
import { diskFolder, readWhole } from '../files/disk.js';
import { openRequired } from '../files/opened-file.js';
import { CONFIGURATION_FILE, configurationObject, INDEX_FILE, parseJson } from './checkpoint.js';
import { requireFiniteWeights } from './finite-weights.js';
import { checkRange, type FloatType, floatTypeOf, type WeightDtype } from './float-formats.js';
import { ADAPTER_WEIGHTS_FILE } from './peft/adapter-configuration.js';
import {
  openSafetensors,
  type SafetensorsFile,
  type TensorToWrite,
  writeSafetensors,
} from './safetensors.js';
import { openShards, weightNames } from './shards.js';
import { indexOf } from './write-checkpoint.js';

/**
 * Writes the weights of a model's folder in another type, and the `config.json` that says so. Numbers are rounded to the nearest, ties
 * to even, as PyTorch does. Files keep their names; constants that older checkpoints have beside the weights are left out.
 *
 * Tensors are read and written one at a time; no back end is needed.
 *
 * @param from a model's folder in Hugging Face's layout
 * @param to another folder, made if there is none; what else belongs to the model, such as its tokenizer, is the caller's to copy
 * @returns names of the files that were written
 * @throws {CheckpointError} `beyond-range` for a number that the type cannot hold, `not-finite-weights`, and what reading throws
 * @throws {LanguageModelError} `invalid-option`
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * console.log(await convertWeights('aligned', `${directory}/half`, 'bfloat16')); // [ 'model.safetensors', 'config.json' ]
 */
export async function convertWeights(from: string, to: string, dtype: WeightDtype): Promise<string[]> {
  const type = floatTypeOf(dtype);
  const { mkdir, writeFile } = nodeBuiltin('node:fs/promises', 'Converting weights');
  const { basename, join } = nodeBuiltin('node:path', 'Converting weights');
  const file = join(from, CONFIGURATION_FILE);
  const text = new TextDecoder().decode(await readWhole(file));
  const { constants } = architectureOf(configurationObject(parseJson(text, file), file)['model_type'], file);
  const hasIndex = (await weightNames(from)).includes(INDEX_FILE);
  const shards = await openShards(diskFolder(from));
  try {
    await mkdir(to, { recursive: true });
    const converted = new Map(
      shards.map((shard) => [basename(shard.path), tensorsToWrite(shard, type, constants)]),
    );
    for (const [name, tensors] of converted) {
      await writeSafetensors(join(to, name), tensors, { dtype: type });
    }
    const described = new Map([[CONFIGURATION_FILE, editJson(text, { torch_dtype: dtype, dtype })]]);
    if (hasIndex) described.set(INDEX_FILE, indexOf(converted, type));
    for (const [name, content] of described) await writeFile(join(to, name), content);
    return [...converted.keys(), ...described.keys()];
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

/**
 * The same for the weights of a PEFT adapter, whose configuration does not say how they are stored.
 *
 * @param from a folder with `adapter_model.safetensors`
 * @param to another folder, made if there is none
 * @returns names of the files that were written
 * @throws what `convertWeights` throws
 * @example
 * console.log(await convertAdapterWeights('my-adapter', `${directory}/half`, 'bfloat16')); // [ 'adapter_model.safetensors' ]
 */
export async function convertAdapterWeights(from: string, to: string, dtype: WeightDtype): Promise<string[]> {
  const type = floatTypeOf(dtype);
  const { mkdir } = nodeBuiltin('node:fs/promises', 'Converting weights');
  const { join } = nodeBuiltin('node:path', 'Converting weights');
  const file = await openSafetensors(await openRequired(diskFolder(from), ADAPTER_WEIGHTS_FILE));
  try {
    await mkdir(to, { recursive: true });
    await writeSafetensors(join(to, ADAPTER_WEIGHTS_FILE), tensorsToWrite(file, type), { dtype: type });
    return [ADAPTER_WEIGHTS_FILE];
  } finally {
    await file.close();
  }
}

/** Errors name the file that is read: the one that is written may be temporary. */
function tensorsToWrite(file: SafetensorsFile, type: FloatType, constants?: RegExp): TensorToWrite[] {
  const weights = [...file.entries].filter(([name]) => constants?.test(name) !== true);
  return weights.map(([name, { shape }]) => ({
    name,
    shape,
    values: async () => {
      const values = await file.read(name);
      const place = { file: file.path, tensor: name };
      requireFiniteWeights(values, place);
      checkRange(values, type, place);
      return values;
    },
  }));
}
