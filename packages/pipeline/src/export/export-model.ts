import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CheckpointError, companionNames, locateAdapter, weightNames } from '@ais/language-model';
import { exportGguf } from '@ais/language-model/gguf';
import { makeWholeFolder, writeWhole } from '@ais/runtime/files';
import { PipelineError } from '../errors.js';
import { findModel } from '../models/find-model.js';
import { namedModel } from '../models/named-models.js';
import { cardInForm, type ModelForm, modelCard } from './model-card.js';
import { ADAPTER_FOLDER, adapterBase, type BaseModel, modelFacts } from './model-facts.js';
import { convertFiles, requireOfForm, type StoredAs } from './stored-as.js';

/** Options of `exportModel`. */
export interface ExportRequest extends StoredAs {
  /** A folder, a run, a GGUF file, a name, or `owner/name`. */
  readonly model: string;
  readonly to: ModelForm;
  /** The file or the folder that is written. */
  readonly out: string;
  /** Told where others cannot load what is written; by default it goes to `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

const OF_ADAPTER = ['adapter_config.json', 'adapter_model.safetensors'];

const CARD = 'README.md';

/**
 * Writes a model in a form that others run: one GGUF file for llama.cpp, a folder in Hugging Face's layout, or the adapter
 * that LoRA trained, as a folder of PEFT. With it comes a card that says what the model's run has recorded: `README.md` in the
 * folder, or `NAME.md` beside NAME.gguf.
 *
 * @returns the path that was written
 * @throws {PipelineError} `invalid-setting` if a folder that is to be written exists, or for an option of another form
 * @throws what `findModel`, `exportGguf`, and `convertWeights` throw
 * @example
 * await exportModel({ model: 'runs/dpo', to: 'gguf', type: 'q8_0', out: 'dpo.gguf' });
 * await exportModel({ model: 'runs/dpo', to: 'folder', dtype: 'bfloat16', out: 'dpo' });
 */
export async function exportModel({
  model,
  to,
  out,
  onWarning = console.warn,
  ...options
}: ExportRequest): Promise<string> {
  requireOfForm(to, options);
  if (to !== 'gguf' && existsSync(out)) {
    throw new PipelineError(
      'invalid-setting',
      `${out} already exists. Give a folder that does not exist yet.`,
      {
        key: 'out',
      },
    );
  }
  const { folder, files, card, base } = await modelToHandOn(model, to, basename(resolve(out)));
  if (to === 'gguf') {
    await exportGguf(folder, out, options);
    await writeWhole(`${out.replace(/\.gguf$/i, '')}.md`, card);
  } else {
    await makeWholeFolder(out, async (temporary) => {
      const converted = await convertFiles(to, folder, temporary, options);
      for (const [name, path] of files) {
        // The Hub's cache holds links.
        if (!converted.includes(name)) await cp(path, join(temporary, name), { dereference: true });
      }
      await writeWhole(join(temporary, CARD), card);
    });
  }
  if (to === 'adapter') warnOfBase(base, onWarning);
  return out;
}

/** Says where an adapter is of a model that others do not find: what is not on the Hub has a path of this machine, or no name. */
export function warnOfBase(base: BaseModel | undefined, onWarning: (message: string) => void): void {
  if (base?.repository !== undefined) return;
  onWarning(
    `The adapter's base model${base === undefined ? '' : `, ${base.name},`} is not known to be on the Hub, so others cannot load it. ` +
      'Upload the base, and set base_model_name_or_path in adapter_config.json to its owner/name; or use --to folder, which holds both.',
  );
}

/** A model that goes elsewhere. */
export interface ModelToHandOn {
  /** Where it is. */
  readonly folder: string;
  /** Where the files are that are copied, by their paths in the new folder, for a form that is a folder. */
  readonly files: ReadonlyMap<string, string>;
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
  const files = await (isAdapter ? filesOfAdapter(folder) : filesOfModel(folder));
  return {
    folder,
    files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    card,
    ...(base && { base }),
  };
}

/** The weights of a model in Hugging Face's layout and what lies beside them; a run's optimizer and its state do not belong to it. */
async function filesOfModel(folder: string): Promise<Map<string, string>> {
  return placesIn(folder, ['config.json', ...(await weightNames(folder)), ...(await companionNames(folder))]);
}

/**
 * An adapter with the tokenizer, the chat template, and the end of turn that it was trained with. Those of a run's adapter lie in
 * the checkpoint around it, unless the adapter has a tokenizer of its own.
 */
async function filesOfAdapter(folder: string): Promise<Map<string, string>> {
  const own = await companionNames(folder);
  const checkpoint = join(folder, '..');
  const isInCheckpoint =
    basename(resolve(folder)) === ADAPTER_FOLDER && existsSync(join(checkpoint, 'config.json'));
  const around = isInCheckpoint && !own.includes('tokenizer.json') ? await companionNames(checkpoint) : [];
  const missing = OF_ADAPTER.find((name) => !existsSync(join(folder, name)));
  if (missing !== undefined) {
    throw new CheckpointError('checkpoint-not-found', 'the file does not exist.', {
      file: join(folder, missing),
    });
  }
  return new Map([...placesIn(checkpoint, around), ...placesIn(folder, [...OF_ADAPTER, ...own])]);
}

function placesIn(folder: string, names: readonly string[]): Map<string, string> {
  return new Map(names.map((name) => [name, join(folder, name)]));
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
