import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, shown } from '../../errors.js';
import { diskFolder } from '../../files/disk.js';
import { openRequired, readAll } from '../../files/opened-file.js';
import type { CausalLanguageModel, RewardModel } from '../../model/causal-language-model.js';
import { addLora, type LoraAdapter } from '../../model/lora.js';
import { parseJson } from '../checkpoint.js';
import { type GivenFiles, givenFolder } from '../model-source.js';
import { ADAPTER_CONFIGURATION_FILE, readAdapterConfiguration } from './adapter-configuration.js';
import { ADAPTER_PREFIX, openAdapterWeights } from './adapter-weights.js';

/**
 * Adds saved low-rank adapters to their model, apart from its weights, so that training goes on where it ended. To use a model with
 * adapters that are done, `loadPretrained` with `adapter` merges them.
 *
 * @param model the base model, without adapters
 * @param adapter what `saveAdapter` or `adapterFiles` gave: a folder, or its files, as a page has them. One of PEFT has to adapt the same
 *   matrices as `addLora`, all with one rank and α
 * @returns the adapters, as `addLora` gives them
 * @throws {CheckpointError} `adapter-mismatch` where it does not fit the model; and as `loadPretrained` does for an adapter
 * @throws {LanguageModelError} as `addLora` does
 * @example
 * const adapter = addLora(model, { rank: 2, seed: 1 });
 * const files = await adapterFiles(model, adapter);
 * adapter.merge();
 * const restored = await restoreLora(model, files);
 * console.log(restored.rank, restored.alpha); // 2 4
 * restored.merge();
 */
export async function restoreLora(
  model: CausalLanguageModel | RewardModel,
  adapter: string | GivenFiles,
): Promise<LoraAdapter> {
  const folder = typeof adapter === 'string' ? diskFolder(adapter) : givenFolder(adapter);
  const file = folder.pathOf(ADAPTER_CONFIGURATION_FILE);
  const stored = parseJson(await readAll(await openRequired(folder, ADAPTER_CONFIGURATION_FILE)), file);
  const configuration = readAdapterConfiguration(stored, file);
  const weights = await openAdapterWeights(folder, configuration);
  try {
    const values = new Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>();
    const keep = async (tensor: string, shape: readonly number[]): Promise<void> => {
      values.set(tensor.slice(ADAPTER_PREFIX.length), { shape, values: await weights.read(tensor) });
    };
    for (const { down, up, rank, rows, columns } of weights.factors.values()) {
      await keep(down, [rank, columns]);
      await keep(up, [rows, rank]);
    }
    for (const { tensor, shape } of weights.whole.values()) await keep(tensor, shape);

    const [first = '', ...others] = weights.factors.keys();
    const [rank, alpha] = [configuration.rank(first), configuration.alpha(first)];
    const differs = others.find(
      (module) => configuration.rank(module) !== rank || configuration.alpha(module) !== alpha,
    );
    if (differs !== undefined) throw mismatch(weights.path, `${first} and ${differs} have other ranks or α`);
    const added = addLora(model, { rank, alpha, seed: 0 });
    const wrong = [...added.parameters].find(
      ([name, { shape }]) => String(values.get(name)?.shape) !== String(shape),
    );
    const unknown = [...values.keys()].find((name) => !added.parameters.has(name));
    if (wrong || unknown !== undefined) {
      // B is 0 as yet, so that nothing is added.
      added.merge();
      const found = wrong && values.get(wrong[0])?.shape;
      throw mismatch(
        weights.path,
        wrong
          ? `${wrong[0]} should be ${shown(wrong[1].shape)}, and ${found ? `is ${shown(found)}` : 'is missing'}`
          : `${unknown} is nothing that addLora adapts`,
      );
    }
    for (const [name, variable] of added.parameters) {
      const { values: numbers = new Float32Array() } = values.get(name) ?? {};
      tf.tidy(() => variable.assign(tf.tensor(numbers, variable.shape)));
    }
    return added;
  } finally {
    await weights.close();
  }
}

function mismatch(file: string, reason: string): CheckpointError {
  return new CheckpointError(
    'adapter-mismatch',
    `the adapter cannot be trained further on this model: ${reason}. Give the model that it was trained on, or merge it with loadPretrained.`,
    { file },
  );
}
