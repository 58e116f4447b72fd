import { collectGarbage } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, type CheckpointFault, shown } from '../errors.js';
import type { Architecture } from '../families/architecture.js';
import type { ParameterSpecification } from '../layers/parameters.js';
import { requireFiniteWeights } from './finite-weights.js';
import { tensorSize } from './safetensors.js';
import type { StoredModel, WeightsFile } from './stored-model.js';
import { storedNames } from './stored-names.js';

/** What a checkpoint's weights are read as. */
export interface ParametersToRead {
  /**
   * Asked for one by one, and never more than the files have tensors: a configuration that claims billions of layers
   * costs nothing.
   */
  readonly specifications: Iterable<ParameterSpecification>;
  /** Names that may be in the checkpoint without being parameters, such as a tied head. */
  readonly ignored?: ReadonlySet<string>;
  readonly architecture: Pick<Architecture, 'prefix' | 'constants'>;
}

/**
 * Reads every parameter from a checkpoint's files, one tensor at a time: at most the model and one tensor
 * are in memory.
 *
 * @throws {CheckpointError} naming file, tensor, expected and found; `out-of-memory`
 */
export async function readParameters(
  { place, openWeights }: StoredModel,
  { specifications, ignored = new Set(), architecture }: ParametersToRead,
): Promise<Map<string, tf.Variable>> {
  const shards = await openWeights();
  const variables = new Map<string, tf.Variable>();
  try {
    const where = tensorPlaces(shards);
    const { constants } = architecture;
    const storedName = storedNames(where.keys(), architecture);
    const wanted = new Map<string, ParameterSpecification & { readonly stored: string }>();
    for (const specification of specifications) {
      const { name, shape, transposed = false } = specification;
      const stored = storedName(name);
      wanted.set(stored, { ...specification, stored });
      const expected = transposed ? shape.toReversed() : shape;
      const shard = where.get(stored);
      if (shard === undefined) {
        throw new CheckpointError(
          'missing-tensor',
          'no file of the checkpoint has it. Get the checkpoint again with all its files, or correct config.json.',
          {
            file: shards.length === 1 ? (shards[0] as WeightsFile).path : place,
            tensor: name,
            expected: shown(expected),
            found: 'nothing',
          },
        );
      }
      const found = shard.entries.get(stored)?.shape ?? [];
      if (found.length !== expected.length || found.some((size, axis) => size !== expected[axis])) {
        throw new CheckpointError(
          'wrong-shape',
          'its shape does not fit the configuration. Put the config.json of the same model beside the weights.',
          {
            file: shard.path,
            tensor: name,
            expected: shown(expected),
            found: shown(found),
          },
        );
      }
    }
    for (const [tensor, shard] of where) {
      if (wanted.has(tensor) || ignored.has(tensor) || constants?.test(tensor)) continue;
      throw new CheckpointError('unexpected-tensor', 'the configuration has no place for it.', {
        file: shard.path,
        tensor,
      });
    }
    requireRoom([...wanted.values()], place);
    // The largest first, while there is most room for its second copy on the way to the back end.
    const largestFirst = [...wanted.values()].sort((a, b) => tensorSize(b.shape) - tensorSize(a.shape));
    for (const { name, stored, shape, transposed = false } of largestFirst) {
      const shard = where.get(stored) as WeightsFile;
      const at = { file: shard.path, tensor: name };
      const storedShape = transposed ? shape.toReversed() : shape;
      try {
        variables.set(name, await toVariable(await shard.read(stored), storedShape, transposed, at));
      } catch (cause) {
        throw isOutOfMemory(cause) ? outOfMemory('there is no memory left for it.', at, cause) : cause;
      }
    }
    await collectGarbage();
    return new Map(Array.from(wanted.values(), ({ name }) => [name, variables.get(name) as tf.Variable]));
  } catch (error) {
    for (const variable of variables.values()) variable.dispose();
    throw error;
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

/** Bytes that TensorFlow.js has at most on WASM, where addresses have 32 bits. */
const WASM_BYTES = 2 ** 32;

/** @throws {CheckpointError} `out-of-memory`, before anything is read, for a model that WASM cannot hold */
function requireRoom(wanted: readonly ParameterSpecification[], file: string): void {
  if (tf.getBackend() !== 'wasm') return;
  const needed = 4 * wanted.reduce((sum, { shape }) => sum + tensorSize(shape), 0);
  const room = WASM_BYTES - tf.memory().numBytes;
  if (needed <= room) return;
  throw outOfMemory('the model does not fit into the memory that WASM has.', {
    file,
    expected: `at most ${room} bytes in float32`,
    found: `${needed}`,
  });
}

function outOfMemory(what: string, fault: CheckpointFault, cause?: unknown): CheckpointError {
  const message = `${what} Use a smaller model or another back end, or free memory.`;
  return new CheckpointError('out-of-memory', message, fault, { cause });
}

/** An array that cannot be allocated, or what a back end says. */
function isOutOfMemory(error: unknown): boolean {
  const { code, message } = error as Partial<Error & { code: unknown }>;
  return error instanceof RangeError || code === 'out-of-memory' || /out of memory/i.test(message ?? '');
}

/**
 * A variable whose numbers are in the back end's memory, and finite.
 *
 * Back ends may keep the array that they were given until an operation first asks for the tensor, all arrays of a
 * model at once. Asking for the sum makes them take theirs over here, so that the array can go; and the sum is not
 * finite if a number is not, so that only then the numbers are looked at one by one.
 *
 * @throws {CheckpointError} `not-finite-weights`
 */
async function toVariable(
  values: Float32Array,
  shape: readonly number[],
  transposed: boolean,
  place: { readonly file: string; readonly tensor: string },
): Promise<tf.Variable> {
  const tensor = tf.tensor(values, [...shape], 'float32');
  const sum = tf.sum(tensor);
  try {
    const [total] = await sum.data();
    if (!Number.isFinite(total)) requireFiniteWeights(values, place);
    return tf.tidy(() => tf.variable(transposed ? tf.transpose(tensor) : tensor));
  } finally {
    tf.dispose([tensor, sum]);
  }
}

function tensorPlaces(shards: readonly WeightsFile[]): Map<string, WeightsFile> {
  const where = new Map<string, WeightsFile>();
  for (const shard of shards) {
    for (const tensor of shard.entries.keys()) {
      if (where.has(tensor)) {
        throw new CheckpointError(
          'checkpoint-corrupt',
          'another file of the checkpoint has this tensor too.',
          {
            file: shard.path,
            tensor,
          },
        );
      }
      where.set(tensor, shard);
    }
  }
  return where;
}
