import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { locateAdapter } from '@ais/language-model';
import { type ExportGgufOptions, exportGguf } from '@ais/language-model/gguf';
import { makeWholeFolder, writeWhole } from '@ais/runtime/files';
import { PipelineError } from '../errors.js';
import { findModel } from '../models/find-model.js';
import { namedModel } from '../models/named-models.js';
import { cardInForm, type ModelForm, modelCard } from './model-card.js';
import { adapterBase, type BaseModel, modelFacts } from './model-facts.js';

/** Options of `exportModel`. */
export interface ExportRequest extends ExportGgufOptions {
  /** A folder, a run, a GGUF file, a name, or `owner/name`. */
  readonly model: string;
  readonly to: ModelForm;
  /** The file or the folder that is written. */
  readonly out: string;
}

/** The files of a model in Hugging Face's layout; a run's optimizer and its state do not belong to it. */
const OF_MODEL =
  /^(model.*\.safetensors|model\.safetensors\.index\.json|(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json|merges\.txt|chat_template\.jinja|additional_chat_templates\/[^/]+\.jinja)$/;

/** Where chat templates besides the first lie. */
const TEMPLATES = 'additional_chat_templates';

const OF_ADAPTER = /^(adapter_config\.json|adapter_model\.safetensors)$/;

const CARD = 'README.md';

/**
 * Writes a model in a form that others run: one GGUF file for llama.cpp, a folder in Hugging Face's layout, or the adapter
 * that LoRA trained, as a folder of PEFT. With it comes a card that says what the model's run has recorded: `README.md` in the
 * folder, or `NAME.md` beside NAME.gguf.
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
  const { folder, files, card } = await modelToHandOn(model, to, basename(resolve(out)));
  if (to === 'gguf') {
    await exportGguf(folder, out, options);
    await writeWhole(`${out.replace(/\.gguf$/i, '')}.md`, card);
  } else {
    await makeWholeFolder(out, async (temporary) => {
      // The Hub's cache holds links.
      for (const name of files) await cp(join(folder, name), join(temporary, name), { dereference: true });
      await writeWhole(join(temporary, CARD), card);
    });
  }
  return out;
}

/** A model that goes elsewhere. */
export interface ModelToHandOn {
  /** Where it is. */
  readonly folder: string;
  /** Paths in that folder of the files that are copied, for a form that is a folder. */
  readonly files: readonly string[];
  /** README.md */
  readonly card: string;
  /** The model that it was trained from, as far as that is known. */
  readonly base?: BaseModel;
}

/**
 * Finds what is handed on of a model. A folder that no run trained and that has a card keeps it, as a reward model does, whose card
 * says how its scores are read.
 *
 * @param title what a new card calls the model
 */
export async function modelToHandOn(model: string, to: ModelForm, title: string): Promise<ModelToHandOn> {
  const isAdapter = to === 'adapter';
  const isNamed = namedModel(model) !== undefined && !existsSync(model);
  // An adapter's folder stands for the merged model, unless the adapter is what is wanted.
  const folder = isAdapter
    ? await locateAdapter(isNamed ? await findModel(model) : model)
    : await findModel(model);
  const names = await readdir(folder);
  // A run's adapter lies in its checkpoint.
  const found = await modelFacts(model, isAdapter ? join(folder, '..') : folder);
  const base = isAdapter && found.runs.length === 0 ? await adapterBase(folder) : found.base;
  const facts = { ...found, ...(base && { base }) };
  const isTrained = facts.runs.length > 0 && facts.runs[0]?.kind !== 'reward';
  const card =
    !isTrained && names.includes(CARD)
      ? cardInForm(await readFile(join(folder, CARD), 'utf8'), to)
      : modelCard(title, to, facts);
  const templates = await readdir(join(folder, TEMPLATES)).catch(() => []);
  const files = [...names, ...templates.map((name) => `${TEMPLATES}/${name}`)]
    .filter((name) => (isAdapter ? OF_ADAPTER : OF_MODEL).test(name))
    .sort();
  return { folder, files, card, ...(base && { base }) };
}
