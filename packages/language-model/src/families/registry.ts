import { CheckpointError, shown } from '../errors.js';
import type { Architecture } from './architecture.js';
import { gemma3 } from './gemma/gemma3.js';
import { gptNeox } from './gpt-neox/gpt-neox.js';
import { gpt2 } from './gpt2/gpt2.js';
import { llama } from './llama/llama.js';
import { mistral } from './llama/mistral.js';
import { qwen2 } from './qwen/qwen2.js';
import { qwen3 } from './qwen/qwen3.js';

/** The families that can be loaded, by `model_type` of `config.json`. */
export const architectures: ReadonlyMap<string, Architecture> = new Map(
  ([gptNeox, llama, mistral, qwen2, qwen3, gemma3, gpt2] as const).map((architecture) => [
    architecture.modelType,
    architecture as unknown as Architecture,
  ]),
);

/** The family of models with random weights, where none is named. */
export { gptNeox as defaultArchitecture } from './gpt-neox/gpt-neox.js';

/**
 * The driver of a model's family.
 *
 * @param modelType `model_type` of `config.json`
 * @param file its path, for messages
 * @param more families from outside the package, which come before its own
 * @throws {CheckpointError} `unsupported-architecture`, with a list of the families
 * @example
 * console.log(architectureOf('llama', 'config.json').architectures.causal); // LlamaForCausalLM
 */
export function architectureOf(
  modelType: unknown,
  file: string,
  more: readonly Architecture[] = [],
): Architecture {
  const found = more.find((each) => each.modelType === modelType) ?? architectures.get(modelType as string);
  if (found !== undefined) return found;
  const known = [...more.map((each) => each.modelType), ...architectures.keys()];
  const types = known.map((each) => `"${each}"`);
  throw new CheckpointError(
    'unsupported-architecture',
    'models of this family are not supported; docs/how-to/add-a-model-family.md says how to add one.',
    {
      file,
      expected: `model_type ${types.length > 1 ? `${types.slice(0, -1).join(', ')} or ` : ''}${types.at(-1)}`,
      found: modelType === undefined ? 'no model_type' : `model_type ${shown(modelType)}`,
    },
  );
}
