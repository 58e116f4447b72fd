import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CheckpointError, companionNames, locateAdapter } from '@ais/language-model';
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

/** The weights of a model in Hugging Face's layout; a run's optimizer and its state do not belong to it. */
const WEIGHTS = /^(model.*\.safetensors|model\.safetensors\.index\.json|config\.json)$/;

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
    ? await adapterOf(model, isNamed ? await findModel(model) : model)
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
  const own = names.filter((name) => (isAdapter ? OF_ADAPTER : WEIGHTS).test(name));
  const files = [...own, ...(isAdapter ? [] : await companionNames(folder))].sort();
  return { folder, files, card, ...(base && { base }) };
}

/** The folder of a model's adapter; a model without one has other forms. */
async function adapterOf(model: string, place: string): Promise<string> {
  try {
    return await locateAdapter(place);
  } catch (error) {
    if (!(error instanceof CheckpointError) || error.expected !== 'adapter_config.json') throw error;
    const { runs } = await modelFacts(model, await findModel(model));
    const why =
      runs.length > 0
        ? 'its run trained all weights (without --lora-rank)'
        : 'it is a whole model, and no folder that PEFT wrote';
    throw new PipelineError(
      'invalid-setting',
      `${model} has no adapter: ${why}. Use --to folder or --to gguf.`,
      {
        key: 'to',
        cause: error,
      },
    );
  }
}
