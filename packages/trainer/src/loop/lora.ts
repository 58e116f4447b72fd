import { join } from 'node:path';
import { saveAdapter } from '@ais/language-model';
import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import type { Parameters } from '../optimizer/adamw.js';
import { fingerprintParameters } from '../run/fingerprint.js';
import { readSafetensors } from '../run/safetensors.js';
import type { LoraOptions } from './training-options.js';
import type { TrainingStage } from './training-stage.js';

/** A stage that trains adapters, and what it holds on to. */
export interface LoraStage {
  readonly stage: TrainingStage;
  dispose(): void;
}

interface Adapter {
  /** The matrix as the model has it, [out, in]: always W₀ + (α/r)·B·A. */
  readonly merged: tf.Variable<tf.Rank.R2>;
  readonly base: tf.Tensor2D;
  /** A, [r, in] and B, [out, r]. */
  readonly down: tf.Variable<tf.Rank.R2>;
  readonly up: tf.Variable<tf.Rank.R2>;
}

/** A reward model's head is new, so it has no low rank to add to: it is trained as a whole. */
const WHOLE: readonly string[] = ['score.weight'];
/** The adapter's folder, beside the merged model: in one folder, `transformers` would add it to a model that holds it already. */
const FOLDER = 'adapter';
/** PEFT's name for what it wraps. */
const PREFIX = 'base_model.model.';

/**
 * Makes a stage train low-rank adapters of its model instead of the model.
 *
 * The model always holds the merged matrices, so whatever it computes is what a merged model computes, at the speed of the
 * model itself. With s = α/r, the chain rule leads from the gradient of W to those of the adapters:
 *
 * ```text
 * W = W₀ + s·B·A    ∂L/∂A = s·Bᵀ·∂L/∂W    ∂L/∂B = s·∂L/∂W·Aᵀ
 * ```
 *
 * A begins uniform in ±1/√in and B at 0, as in PEFT, so that training begins at W₀. The optimizer's moments and the clipped
 * norm are those of the adapters; a gradient of one model's size is still computed, and W₀ is kept.
 *
 * Checkpoints hold the merged model in Hugging Face's layout, and the adapters as PEFT has them in the folder `adapter`.
 *
 * @param seed decides A
 * @throws {TrainerError} `invalid-option` where the rank or α is out of range, or the model has no such matrices
 * @see Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", equation 3
 */
export async function withLora(stage: TrainingStage, options: LoraOptions, seed: number): Promise<LoraStage> {
  const { rank, alpha = 2 * rank } = options;
  if (!Number.isSafeInteger(rank) || rank < 1) {
    throw new TrainerError('invalid-option', `lora.rank must be an integer ≥ 1, got ${rank}.`);
  }
  if (!(alpha > 0)) throw new TrainerError('invalid-option', `lora.alpha must be above 0, got ${alpha}.`);
  const { model } = stage;
  const matrices = [...stage.parameters].filter(([name]) => model?.architecture.adaptable(name));
  if (model === undefined || matrices.length === 0) {
    throw new TrainerError(
      'invalid-option',
      'The model has no attention or MLP matrices to adapt with lora.',
    );
  }
  const base = await fingerprintParameters(stage.parameters);
  const scale = alpha / rank;
  const adapters = new Map(
    matrices.map(([name, variable]) => [
      name,
      createAdapter(name, variable as tf.Variable<tf.Rank.R2>, rank, seed),
    ]),
  );
  const whole = [...stage.parameters].filter(([name]) => WHOLE.includes(name));
  const parameters: Parameters = new Map<string, tf.Variable>([
    ...[...adapters].flatMap(([name, { down, up }]): [string, tf.Variable][] => [
      [partName(name, 'A'), down],
      [partName(name, 'B'), up],
    ]),
    ...whole,
  ]);
  const merge = (): void => {
    for (const { merged, base: start, down, up } of adapters.values()) {
      tf.tidy(() => merged.assign(tf.add(start, tf.mul(tf.matMul(up, down), scale))));
    }
  };

  const adapted: TrainingStage = {
    ...stage,
    configuration: { ...stage.configuration, lora: { rank, alpha, base } },
    parameters,
    differentiated: {
      parameters: new Map([...matrices, ...whole]),
      toTrained(gradients) {
        const found = new Map<string, tf.Tensor>();
        for (const [name, gradient] of gradients) {
          const adapter = adapters.get(name);
          if (!adapter) {
            found.set(name, gradient);
            continue;
          }
          const [down, up] = tf.tidy(() => [
            tf.mul(tf.matMul(adapter.up, gradient as tf.Tensor2D, true), scale),
            tf.mul(tf.matMul(gradient as tf.Tensor2D, adapter.down, false, true), scale),
          ]) as [tf.Tensor, tf.Tensor];
          gradient.dispose();
          found.set(partName(name, 'A'), down).set(partName(name, 'B'), up);
        }
        return found;
      },
    },
    updated(step) {
      merge();
      stage.updated?.(step);
    },
    async save(directory) {
      await stage.save(directory);
      const adapter = { rank, alpha, parameters };
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
      merge();
    },
  };
  return {
    stage: adapted,
    dispose() {
      for (const { base: start, down, up } of adapters.values()) tf.dispose([start, down, up]);
    },
  };
}

function createAdapter(name: string, merged: tf.Variable<tf.Rank.R2>, rank: number, seed: number): Adapter {
  const [rows, columns] = merged.shape;
  const random = createRandom(seed, 'lora', name);
  const bound = 1 / Math.sqrt(columns);
  const values = Float32Array.from({ length: rank * columns }, () => bound * (2 * random.uniform() - 1));
  return {
    merged,
    base: tf.clone(merged),
    down: tf.tidy(() => tf.variable(tf.tensor2d(values, [rank, columns]))),
    up: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>([rows, rank]))),
  };
}

/** `….weight` as PEFT names its adapter. */
function partName(name: string, part: 'A' | 'B'): string {
  return name.replace(/weight$/, `lora_${part}.weight`);
}
