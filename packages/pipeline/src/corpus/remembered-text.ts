import { existsSync } from 'node:fs';
import { UnknownSourceError } from '@ais/data';
import { PipelineError } from '../errors.js';
import { textLayer } from './model-text.js';

/**
 * Reads a source or pairs. Where there is nothing by that name, and the run of the model is who named it, the error says so.
 *
 * @param asked what is read, under the setting that names it, and whose run may have named it
 * @throws {PipelineError} `invalid-setting` for what a run remembers; else what `read` throws
 */
export async function rememberedText<Text>(
  {
    key,
    name,
    model,
  }: { readonly key: 'source' | 'pairs'; readonly name: string; readonly model: string | undefined },
  read: () => Promise<Text>,
): Promise<Text> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnknownSourceError) || model === undefined || existsSync(name)) throw error;
    const known = await textLayer(model);
    if (known?.[key] !== name) throw error;
    throw new PipelineError(
      'invalid-setting',
      `There is no ${name} here. The run of ${model} asks for it: its model learned from it. Name it with --${key}, or start the command where the run was started.`,
      { key, cause: error },
    );
  }
}
