import { createRandom } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { LanguageModelError } from '../errors.js';
import { SCORE_HEAD } from '../families/model-plan.js';
import { effective } from '../layers/adapter.js';
import {
  adapterNames,
  type LowRank,
  ModelParameters,
  parameter,
  requireUsable,
} from '../layers/parameters.js';
import type { CausalLanguageModel, RewardModel } from './causal-language-model.js';

/** Options of `addLora`. */
export interface LoraOptions {
  /** r: A has r rows, B has r columns. */
  readonly rank: number;
  /** α; twice the rank by default. PEFT: `lora_alpha`. */
  readonly alpha?: number;
  /** Decides A. */
  readonly seed: number;
}

/** Low-rank adapters of a model, while it computes with them. */
export interface LoraAdapter {
  readonly rank: number;
  readonly alpha: number;
  /**
   * What is trained. A, [r, in], and B, [out, r], of the matrix `m.weight` are `m.lora_A.weight` and `m.lora_B.weight`. A
   * reward model's head is new, so it has no low rank to add to: it is trained as a whole, under its own name.
   */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /**
   * Adds the adapters to the matrices, and frees them: the model computes what it did, and all of it is trained again.
   *
   * @throws {LanguageModelError} `disposed` if the model was disposed of, and the adapters with it
   */
  merge(): void;
}

/**
 * Adds low-rank adapters to each attention and MLP matrix W of a model, and freezes everything else.
 *
 * From then on the model computes with W + (α/r)·B·A, whatever it is asked for, and its gradients are those of A and B: none of
 * a frozen matrix, embedding, norm, or head is computed. `model.parameters` are the frozen weights as they are; saving the model
 * writes the sums. A begins uniform in ±1/√in and B at 0, as in PEFT, so that training begins at the model itself.
 *
 * @param model a language or reward model of this package
 * @returns the adapters; `merge()` ends them
 * @throws {LanguageModelError} `invalid-option` where the rank or α is out of range, or the model has adapters already; `disposed`
 * @example
 * const adapter = addLora(model, { rank: 16, seed: 17 });
 * console.log([...adapter.parameters.keys()][0]); // gpt_neox.layers.0.attention.query_key_value.lora_A.weight
 * adapter.merge();
 * @see Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", equation 3
 */
export function addLora(
  model: CausalLanguageModel | RewardModel,
  { rank, alpha = 2 * rank, seed }: LoraOptions,
): LoraAdapter {
  const { architecture, parameters } = model;
  const refuse = (reason: string): never => {
    throw new LanguageModelError('invalid-option', reason);
  };
  if (!Number.isSafeInteger(rank) || rank < 1) refuse(`lora.rank must be an integer ≥ 1, got ${rank}.`);
  if (!(alpha > 0 && Number.isFinite(alpha))) refuse(`lora.alpha must be above 0, got ${alpha}.`);
  if (!(parameters instanceof ModelParameters)) {
    throw new LanguageModelError('invalid-option', 'LoRA needs a language or reward model of this package.');
  }
  requireUsable(parameters);
  if (parameters.adapters) refuse('the model has adapters already; merge them first.');
  const names = [...parameters.keys()].filter((name) => architecture.adaptable(name));
  if (names.length === 0) refuse('the model has no attention or MLP matrices to adapt with LoRA.');

  const adapters = new Map(
    names.map((name) => {
      const { shape } = parameter<tf.Tensor2D>(parameters, name);
      return [name, newAdapter(name, shape, rank, alpha / rank, seed)];
    }),
  );
  const head = parameters.get(SCORE_HEAD);
  const frozen = [...parameters.values()].filter((variable) => variable !== head && variable.trainable);
  for (const variable of frozen) variable.trainable = false;
  parameters.adapters = adapters;
  return {
    rank,
    alpha,
    parameters: new Map([
      ...[...adapters].flatMap(([name, { down, up }]): [string, tf.Variable][] => {
        const { down: ofDown, up: ofUp } = adapterNames(name);
        return [
          [ofDown, down],
          [ofUp, up],
        ];
      }),
      ...(head ? [[SCORE_HEAD, head] as const] : []),
    ]),
    merge() {
      if (parameters.adapters !== adapters) return;
      requireUsable(parameters);
      for (const name of adapters.keys()) {
        tf.tidy(() => parameters.get(name)?.assign(effective(parameters, name)));
      }
      parameters.adapters = undefined;
      for (const variable of frozen) variable.trainable = true;
      for (const { down, up } of adapters.values()) tf.dispose([down, up]);
    },
  };
}

/**
 * What a model computes with in a parameter's place: W + (α/r)·B·A where it has an adapter, else the parameter.
 *
 * @param parameters those of a model
 * @param name one of them
 * @returns a new tensor, the caller's
 * @throws {LanguageModelError} `disposed`
 * @example
 * const adapter = addLora(model, { rank: 2, seed: 1 });
 * const [name] = model.parameters.keys();
 * console.log(effectiveParameter(model.parameters, name).shape.length > 0); // true
 */
export function effectiveParameter(parameters: ReadonlyMap<string, tf.Variable>, name: string): tf.Tensor {
  requireUsable(parameters);
  return tf.tidy(() => tf.clone(effective(parameters, name)));
}

function newAdapter(
  name: string,
  [rows, columns]: readonly [number, number],
  rank: number,
  scale: number,
  seed: number,
): LowRank<tf.Variable<tf.Rank.R2>> {
  const random = createRandom(seed, 'lora', name);
  const bound = 1 / Math.sqrt(columns);
  const values = Float32Array.from({ length: rank * columns }, () => bound * (2 * random.uniform() - 1));
  return {
    down: tf.tidy(() => tf.variable(tf.tensor2d(values, [rank, columns]))),
    up: tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>([rows, rank]))),
    scale,
  };
}
