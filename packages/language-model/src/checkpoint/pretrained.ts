import type { HubOptions } from '@ais/runtime/hub';
import { languageModelSpecifications } from '../families/model-plan.js';
import type { CausalLanguageModel } from '../model/causal-language-model.js';
import { companionFiles, withCompanionFiles } from '../model/companion-files.js';
import { TransformerLanguageModel } from '../model/language-model.js';
import { type ConfigurationOptions, readConfiguration } from './checkpoint.js';
import { locateModel } from './model-folder.js';
import { readParameters } from './read-parameters.js';
import { type SaveOptions, writeCheckpoint } from './write-checkpoint.js';

export interface LoadOptions extends HubOptions, ConfigurationOptions {
  /** Bytes that a gradient's forward pass may keep; above, blocks are computed again. 512 MiB by default. */
  readonly memoryBudget?: number;
}

/**
 * Loads a causal language model in Hugging Face's layout, from a folder or from a repository on the Hugging Face Hub: `config.json`, and `model.safetensors` or the files that `model.safetensors.index.json` names. F32, F16
 * and BF16 are read; computation is in float32.
 *
 * At most the model in float32 and one tensor are in memory. The tokenizer's files are kept with the model, and
 * written beside it by `savePretrained`.
 *
 * @param directoryOrRepository a model's folder, a run's, or `owner/name` on the Hub; what exists on disk is read from disk.
 *   A repository is downloaded once, see `downloadPretrained`
 * @throws {CheckpointError} whose `code`, `file`, `tensor`, `expected` and `found` say what is wrong
 * @example
 * const model = await loadPretrained('checkpoints/step-100');
 */
export async function loadPretrained(
  directoryOrRepository: string,
  options: LoadOptions = {},
): Promise<CausalLanguageModel> {
  const directory = await locateModel(directoryOrRepository, options);
  const { architecture, configuration, companions } = await readConfiguration(directory, 'causal', options);
  const parameters = await readParameters(directory, {
    specifications: languageModelSpecifications(architecture, configuration),
    ignored: new Set(configuration.tieWordEmbeddings ? [architecture.outputHead] : []),
    architecture,
  });
  return withCompanionFiles(
    new TransformerLanguageModel(architecture, configuration, parameters, options.memoryBudget),
    companions,
  );
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
