import { existsSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locateAdapter } from '@ais/language-model';
import { type ExportGgufOptions, exportGguf } from '@ais/language-model/gguf';
import { makeWholeFolder } from '@ais/runtime/files';
import { PipelineError } from '../errors.js';
import { findModel } from './find-model.js';
import { namedModel } from './named-models.js';

export interface ExportRequest extends ExportGgufOptions {
  /** A folder, a run, a GGUF file, a name, or `owner/name`. */
  readonly model: string;
  readonly to: 'gguf' | 'folder' | 'adapter';
  /** The file or the folder that is written. */
  readonly out: string;
}

/** What belongs to a model in Hugging Face's layout; a run's optimizer and its state do not. */
const OF_MODEL =
  /^(model.*\.safetensors|model\.safetensors\.index\.json|(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json|merges\.txt|chat_template\.jinja|README\.md)$/;

const OF_ADAPTER = /^(adapter_config\.json|adapter_model\.safetensors|README\.md)$/;

/**
 * Writes a model in a form that others run: one GGUF file for llama.cpp, a folder in Hugging Face's layout, or the adapter
 * that LoRA trained, as a folder of PEFT.
 *
 * @returns the path that was written
 * @throws {PipelineError} `invalid-setting` if a folder that is to be written exists
 * @throws what `findModel` and `exportGguf` throw
 * @example
 * await exportModel({ model: 'runs/dpo', to: 'gguf', type: 'q8_0', out: 'dpo.gguf' });
 */
export async function exportModel({ model, to, out, ...options }: ExportRequest): Promise<string> {
  if (to !== 'gguf' && existsSync(out)) {
    throw new PipelineError(
      'invalid-setting',
      `${out} already exists. Give a folder that does not exist yet.`,
      {
        key: 'out',
      },
    );
  }
  if (to === 'gguf') await exportGguf(await findModel(model), out, options);
  else {
    const isAdapter = to === 'adapter';
    const isNamed = namedModel(model) !== undefined && !existsSync(model);
    // An adapter's folder stands for the merged model, unless the adapter is what is wanted.
    const folder = isAdapter
      ? await locateAdapter(isNamed ? await findModel(model) : model)
      : await findModel(model);
    const names = (await readdir(folder)).filter((name) => (isAdapter ? OF_ADAPTER : OF_MODEL).test(name));
    await makeWholeFolder(out, async (temporary) => {
      // The Hub's cache holds links.
      for (const name of names) await cp(join(folder, name), join(temporary, name), { dereference: true });
    });
  }
  return out;
}
