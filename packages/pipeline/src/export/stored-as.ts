import { convertAdapterWeights, convertWeights, type WeightDtype } from '@ais/language-model';
import type { ExportGgufOptions } from '@ais/language-model/gguf';
import { PipelineError } from '../errors.js';
import type { ModelForm } from './model-card.js';

/** How the numbers of a model that is handed on are stored: `type` of a GGUF file, `dtype` of the other forms. */
export interface StoredAs extends ExportGgufOptions {
  /** How the weights of a folder or an adapter are stored; by default as the model has them, which is float32 for what was trained here. */
  readonly dtype?: WeightDtype;
}

/**
 * Refuses what would have no effect on a form.
 *
 * @throws {PipelineError} `invalid-setting`
 */
export function requireOfForm(to: ModelForm, { type, dtype }: StoredAs): void {
  if (type !== undefined && to !== 'gguf') {
    throw new PipelineError(
      'invalid-setting',
      `--type is how a GGUF file is stored, and --to is ${to}. Use --dtype float32, bfloat16, or float16.`,
      { key: 'type' },
    );
  }
  if (dtype !== undefined && to === 'gguf') {
    throw new PipelineError(
      'invalid-setting',
      '--dtype is how a folder or an adapter is stored, and --to is gguf. Use --type f32, f16, or q8_0.',
      { key: 'dtype' },
    );
  }
}

/**
 * Writes those files of a model that its `dtype` changes into a folder.
 *
 * @param from where the model is
 * @returns names of the files that were written: none where it is handed on as it is
 * @throws what `convertWeights` throws
 */
export async function convertFiles(
  form: ModelForm,
  from: string,
  to: string,
  { dtype }: StoredAs,
): Promise<readonly string[]> {
  if (dtype === undefined) return [];
  return (form === 'adapter' ? convertAdapterWeights : convertWeights)(from, to, dtype);
}
