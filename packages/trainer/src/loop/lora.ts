import { join } from 'node:path';
import { addLora, saveAdapter } from '@ais/language-model';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import { fingerprintParameters } from '../run/fingerprint.js';
import { readSafetensors } from '../run/safetensors.js';
import type { LoraOptions } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/** A stage that trains adapters. */
export interface LoraStage {
  readonly stage: TrainingStage;
  /** Merges the adapters into the model. */
  end(): void;
}

/** The adapter's folder, beside the merged model: in one folder, `transformers` would add it to a model that holds it already. */
const FOLDER = 'adapter';
/** PEFT's name for what it wraps. */
const PREFIX = 'base_model.model.';

/**
 * Makes a stage train low-rank adapters of its model instead of the model, see `addLora`.
 *
 * Checkpoints hold the merged model in Hugging Face's layout, and the adapters as PEFT has them in the folder `adapter`.
 *
 * @param seed decides A
 * @throws {LanguageModelError} `invalid-option` where the rank or α is out of range, or the model has no such matrices
 * @throws {TrainerError} `invalid-option` if the stage has no model
 */
export async function withLora(stage: TrainingStage, options: LoraOptions, seed: number): Promise<LoraStage> {
  const { model } = stage;
  if (model === undefined) {
    throw new TrainerError('invalid-option', `The stage ${stage.name} has no model to adapt with lora.`);
  }
  const base = await fingerprintParameters(stage.parameters);
  const adapter = addLora(model, { ...options, seed });
  const { rank, alpha, parameters } = adapter;
  return {
    stage: {
      ...stage,
      configuration: { ...stage.configuration, lora: { rank, alpha, base } },
      parameters,
      async save(directory) {
        await stage.save(directory);
        await saveAdapter(model, adapter, join(directory, FOLDER), { flush: false });
      },
      async restore(directory) {
        await stage.restore(directory);
        const file = join(directory, FOLDER, 'adapter_model.safetensors');
        const stored = await readSafetensors(file);
        for (const [name, variable] of parameters) {
          const found = stored.get(PREFIX + name);
          if (found?.shape.join() !== variable.shape.join()) {
            throw new TrainerError(
              'checkpoint-mismatch',
              `${file} has no ${name} of shape [${variable.shape}].`,
            );
          }
          tf.tidy(() => variable.assign(tf.tensor(found.values, variable.shape)));
        }
      },
    },
    end: () => adapter.merge(),
  };
}
