import type { CausalLanguageModel } from './causal-language-model.js';
import { readConfiguration, readParameters, writeCheckpoint } from './checkpoint.js';
import { GptNeox } from './gpt-neox.js';
import { languageModelSpecifications, OUTPUT_HEAD } from './parameters.js';

export interface LoadOptions {
  /** Bytes that a gradient's forward pass may keep; above, blocks are computed again. 512 MiB where absent. */
  readonly memoryBudget?: number;
}

/**
 * Loads a GPT-NeoX causal language model in Hugging Face's layout: `config.json`, and `model.safetensors` or the
 * files that `model.safetensors.index.json` names. F32, F16 and BF16 are read; computation is in float32.
 *
 * @param directory a local folder
 * @throws {CheckpointError} whose `code`, `file`, `tensor`, `expected` and `found` say what is wrong
 * @example
 * const model = await loadPretrained('checkpoints/step-100');
 */
export async function loadPretrained(
  directory: string,
  { memoryBudget }: LoadOptions = {},
): Promise<CausalLanguageModel> {
  const { configuration } = await readConfiguration(directory);
  const ignored = new Set(configuration.tieWordEmbeddings ? [OUTPUT_HEAD] : []);
  const parameters = await readParameters(directory, languageModelSpecifications(configuration), ignored);
  return new GptNeox(configuration, parameters, memoryBudget);
}

/**
 * Writes a model in Hugging Face's layout, float32; `transformers` opens it as `GPTNeoXForCausalLM`.
 *
 * Files are replaced whole or not at all.
 *
 * @param directory a local folder; made where there is none
 * @throws {CheckpointError} `checkpoint-unwritable` with the system's reason
 * @example
 * await savePretrained(model, 'checkpoints/step-100');
 */
export async function savePretrained(model: CausalLanguageModel, directory: string): Promise<void> {
  await writeCheckpoint(directory, model.configuration, model.parameters, {
    architecture: 'GPTNeoXForCausalLM',
  });
}
