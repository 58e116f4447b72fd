import { existsSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportGgufOptions, exportGguf } from '@ais/language-model/gguf';
import { makeWholeFolder } from '@ais/runtime/files';
import { PipelineError } from '../errors.js';
import { findModel } from './find-model.js';

export interface ExportRequest extends ExportGgufOptions {
  /** A folder, a run, a GGUF file, a name, or `owner/name`. */
  readonly model: string;
  readonly to: 'gguf' | 'folder';
  /** The file or the folder that is written. */
  readonly out: string;
}

/** What belongs to a model in Hugging Face's layout; a run's optimizer and its state do not. */
const OF_MODEL =
  /^(model.*\.safetensors|model\.safetensors\.index\.json|(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json|merges\.txt|chat_template\.jinja|README\.md)$/;

/**
 * Writes a model in a form that others run: one GGUF file for llama.cpp, or a folder in Hugging Face's layout.
 *
 * @returns the path that was written
 * @throws {PipelineError} `invalid-setting` if a folder that is to be written exists
 * @throws what `findModel` and `exportGguf` throw
 * @example
 * await exportModel({ model: 'runs/dpo', to: 'gguf', type: 'q8_0', out: 'dpo.gguf' });
 */
export async function exportModel({ model, to, out, ...options }: ExportRequest): Promise<string> {
  if (to === 'folder' && existsSync(out)) {
    throw new PipelineError(
      'invalid-setting',
      `${out} already exists. Give a folder that does not exist yet.`,
      {
        key: 'out',
      },
    );
  }
  const folder = await findModel(model);
  if (to === 'gguf') await exportGguf(folder, out, options);
  else {
    const names = (await readdir(folder)).filter((name) => OF_MODEL.test(name));
    await makeWholeFolder(out, async (temporary) => {
      // The Hub's cache holds links.
      for (const name of names) await cp(join(folder, name), join(temporary, name), { dereference: true });
    });
  }
  return out;
}
