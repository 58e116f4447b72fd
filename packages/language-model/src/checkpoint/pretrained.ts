import { languageModelSpecifications } from '../families/model-plan.js';
import { requireBackend } from '../layers/require-backend.js';
import type { CausalLanguageModel, RewardModel } from '../model/causal-language-model.js';
import { companionFiles, withCompanionFiles } from '../model/companion-files.js';
import { TransformerLanguageModel } from '../model/language-model.js';
import { withOrigin } from '../model/model-origin.js';
import { type ConfigurationOptions, readConfiguration } from './checkpoint.js';
import type { ModelSource, SourceOptions } from './model-source.js';
import { openStoredModel } from './open-stored-model.js';
import { withStoredHead } from './own-head.js';
import { readParameters } from './read-parameters.js';
import { type SaveOptions, writeCheckpoint } from './write-checkpoint.js';

/** Options of `loadPretrained`. */
export interface LoadOptions extends SourceOptions, ConfigurationOptions {
  /** A folder of PEFT, or `owner/name` on the Hub, with a LoRA adapter to merge into the model. */
  readonly adapter?: string | undefined;
  /** Bytes that a gradient's forward pass may keep; above, the first blocks are computed again; by default as in `createModel`. */
  readonly memoryBudget?: number;
}

/**
 * Loads a causal language model from a folder in Hugging Face's layout, from a repository on the Hugging Face Hub, or
 * from a GGUF file; or the base model of a PEFT adapter, with the adapter merged into it. A folder has `config.json`, and
 * `model.safetensors` or the files that `model.safetensors.index.json` names; F32, F16 and BF16 are read. From GGUF, F32,
 * F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K are read. Computation is in float32.
 *
 * Pages load models too: from addresses, from files that a user chose or dropped, or from bytes. What comes from an address is
 * kept in the browser's Cache Storage, named `ais-models`. Gotcha: in Node, a file from an address is in memory as a whole while
 * it is read; a path or `owner/name` is not.
 *
 * Where weights have an output head that is not the embedding, it is used and saved, also if `tie_word_embeddings` says that the
 * two are one; `transformers` 5 does the same.
 *
 * At most the model in float32 and one tensor are in memory. The tokenizer's files are kept with the model, and
 * written beside it by `savePretrained`; `modelFiles` has them.
 *
 * @param model a model's folder, a run's, a GGUF file, an adapter's folder, or `owner/name` on the Hub; what exists on disk is
 *   read from disk. A repository is downloaded once, see `downloadPretrained`. Or an address, files, or bytes, see `ModelSource`
 * @throws {CheckpointError} whose `code`, `file`, `tensor`, `expected` and `found` say what is wrong; from an address also
 *   `access-denied`, `download-failed`, `truncated-download`, `wrong-content`, `blocked-by-cors`, `offline`; `out-of-memory`;
 *   or the signal's reason
 * @throws {LanguageModelError} `missing-backend` if no back end is registered
 * @example
 * const model = await loadPretrained('checkpoints/step-100');
 */
export async function loadPretrained(
  model: ModelSource,
  options: LoadOptions = {},
): Promise<CausalLanguageModel> {
  const stored = await openStoredModel(model, options);
  const { architecture, configuration: declared, companions } = readConfiguration(stored, 'causal', options);
  const configuration = await withStoredHead(stored, architecture, declared);
  requireBackend('loadPretrained');
  const parameters = await readParameters(stored, {
    specifications: languageModelSpecifications(architecture, configuration),
    ignored: new Set(configuration.tieWordEmbeddings ? [architecture.outputHead] : []),
    architecture,
  });
  const loaded = new TransformerLanguageModel(architecture, configuration, parameters, options.memoryBudget);
  return withOrigin(withCompanionFiles(loaded, companions), stored);
}

/**
 * The files that came with a model: `tokenizer.json` and what else lies beside weights, by name. `tokenizerFromFiles` of
 * `@ais/data` makes the model's tokenizer of them.
 *
 * @returns nothing for a model that was not loaded
 * @example
 * const model = await loadPretrained('SmolLM2-135M-Instruct.Q4_1.gguf');
 * console.log(modelFiles(model).has('tokenizer.json')); // true
 */
export function modelFiles(model: CausalLanguageModel | RewardModel): ReadonlyMap<string, Uint8Array> {
  return companionFiles(model).files;
}

/**
 * Writes a model in Hugging Face's layout; `transformers` opens it. Keys of `config.json` that
 * this package does not know, and the tokenizer's files, come from where the model was loaded.
 *
 * Files are replaced whole or not at all.
 *
 * @param directory a local folder; made if there is none
 * @param options how weights are stored (float32 where nothing is said), and the tokenizer to put beside them
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * await savePretrained(model, 'checkpoints/step-100');
 * await savePretrained(model, directory, { dtype: 'bfloat16', maxShardBytes: 5e9 });
 */
export async function savePretrained(
  model: CausalLanguageModel,
  directory: string,
  options: SaveOptions = {},
): Promise<void> {
  const { architecture, configuration, parameters } = model;
  const content = {
    architecture,
    configuration,
    parameters,
    generates: true,
    companions: companionFiles(model),
  };
  await writeCheckpoint(directory, content, options);
}
