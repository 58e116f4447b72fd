import { CheckpointError, shown } from '../../errors.js';
import { type FileFolder, openRequired } from '../../files/opened-file.js';
import { openSafetensors } from '../safetensors.js';
import { ADAPTER_WEIGHTS_FILE, type AdapterConfiguration } from './adapter-configuration.js';

/** A and B of one module, and what their product is multiplied with. */
export interface Factors {
  /** A, [rank, columns], by its name in the file. */
  readonly down: string;
  /** B, [rows, rank]. */
  readonly up: string;
  readonly rank: number;
  readonly rows: number;
  readonly columns: number;
  readonly scale: number;
}

/** An open `adapter_model.safetensors`. */
export interface AdapterWeights {
  readonly path: string;
  /** By module, such as `model.layers.0.self_attn.q_proj`. */
  readonly factors: ReadonlyMap<string, Factors>;
  /** Parameters that are stored whole, by name: `modules_to_save`, and biases. */
  readonly whole: ReadonlyMap<string, { readonly tensor: string; readonly shape: readonly number[] }>;
  read(tensor: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** What names of an adapter's tensors begin with. */
export const ADAPTER_PREFIX = 'base_model.model.';

/**
 * Opens an adapter's weights, and checks that they are what its configuration says.
 *
 * @throws {CheckpointError} `unexpected-tensor`, `missing-tensor`, `wrong-shape`, `unsupported-adapter`, and what
 *   `openSafetensors` throws
 */
export async function openAdapterWeights(
  folder: FileFolder,
  configuration: AdapterConfiguration,
): Promise<AdapterWeights> {
  const file = await openSafetensors(await openRequired(folder, ADAPTER_WEIGHTS_FILE));
  const { path, entries } = file;
  try {
    const factors = new Map<string, Factors>();
    const whole = new Map<string, { tensor: string; shape: readonly number[] }>();
    for (const [tensor, { shape }] of entries) {
      if (!tensor.startsWith(ADAPTER_PREFIX)) {
        throw new CheckpointError('unexpected-tensor', 'tensors of an adapter have other names.', {
          file: path,
          tensor,
          expected: `names that begin with ${ADAPTER_PREFIX}`,
        });
      }
      const name = tensor.slice(ADAPTER_PREFIX.length);
      const [, module, part] = /^(.*)\.lora_([AB])\.weight$/.exec(name) ?? [];
      if (module !== undefined && part === 'A') factors.set(module, factorsOf(module));
      else if (module !== undefined) requireTensor(partName(module, 'A'));
      else if (/(^|\.)lora_/.test(name)) throw unsupported(tensor);
      else whole.set(name.replace('.base_layer.', '.'), { tensor, shape });
    }
    if (factors.size === 0) {
      throw new CheckpointError('missing-tensor', 'the adapter has no A and B.', { file: path });
    }
    return { path, factors, whole, read: file.read, close: file.close };
  } catch (error) {
    await file.close();
    throw error;
  }

  function factorsOf(module: string): Factors {
    const [down, up] = [partName(module, 'A'), partName(module, 'B')];
    const rank = configuration.rank(module);
    const columns = requireTensor(down)[1] ?? 0;
    const rows = requireTensor(up)[0] ?? 0;
    for (const [tensor, expected] of [
      [down, [rank, columns]],
      [up, [rows, rank]],
    ] as const) {
      const found = requireTensor(tensor);
      if (found.length === 2 && found.every((size, axis) => size === expected[axis])) continue;
      throw new CheckpointError('wrong-shape', 'its shape does not fit the rank that the adapter has.', {
        file: path,
        tensor,
        expected: shown(expected),
        found: shown(found),
      });
    }
    return { down, up, rank, rows, columns, scale: configuration.scale(module) };
  }

  function requireTensor(tensor: string): readonly number[] {
    const entry = entries.get(tensor);
    if (entry !== undefined) return entry.shape;
    throw new CheckpointError('missing-tensor', 'A and B must be there both.', { file: path, tensor });
  }

  function unsupported(tensor: string): CheckpointError {
    const kind = tensor.includes('lora_embedding')
      ? 'low-rank adapters of embeddings'
      : tensor.includes('lora_magnitude')
        ? 'DoRA'
        : 'this kind of LoRA';
    return new CheckpointError('unsupported-adapter', `${kind} is not supported.`, { file: path, tensor });
  }
}

function partName(module: string, part: 'A' | 'B'): string {
  return `${ADAPTER_PREFIX}${module}.lora_${part}.weight`;
}
