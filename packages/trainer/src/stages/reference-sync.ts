import { join } from 'node:path';
import { type CausalLanguageModel, effectiveParameter } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import * as tf from '@tensorflow/tfjs-core';
import { TrainerError } from '../errors.js';
import type { Parameters } from '../optimizer/adamw.js';
import type { JsonObject } from '../run/json.js';
import { requireWhole } from '../run/require-whole.js';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../run/safetensors.js';

/** How a reference follows its policy; TRL's `sync_ref_model`. */
export interface ReferenceSync {
  /** Updates between two moves. TRL: `ref_model_sync_steps`. */
  readonly every: number;
  /** m in π_ref ← m·π_θ + (1 − m)·π_ref, over the parameters; 0.6 by default. TRL: `ref_model_mixup_alpha`. */
  readonly mixup?: number;
}

/** A reference that moves, as a stage keeps it. */
export interface MovingReference {
  readonly model: CausalLanguageModel;
  /** What config.json says of it. */
  readonly configuration: JsonObject;
  /** Whether it has moved after this many updates. */
  movedBy(step: number): boolean;
  /** Moves it, if it is to move after this many updates. */
  updated(step: number, policy: Parameters): void;
  save(directory: string): Promise<void>;
  restore(directory: string): Promise<void>;
}

/** Options of a stage whose reference is given by its log-probabilities. */
export interface ReferenceOptions {
  /** Set it if the policy deliberately starts elsewhere than at the reference; otherwise that is an error. */
  readonly startsAwayFromReference?: boolean;
  /** Moves the reference toward the policy along the run; by default it stays. */
  readonly referenceSync?: ReferenceSync & {
    /** The reference itself, whose log-probabilities `reference` holds; its parameters are moved in place. */
    readonly model: CausalLanguageModel;
  };
}

const FILE = 'reference.safetensors';

/**
 * Prepares a reference that moves toward the policy at a fixed interval of updates.
 *
 * Checkpoints hold its parameters as `reference.safetensors`, so a resumed run has the same reference.
 *
 * @param policy what it moves toward; another model
 * @throws {TrainerError} `invalid-option`, also for an objective that reads no reference
 * @see Gorbatovski et al. 2024, "Learn Your Reference Model for Real Good Alignment", equation 4
 */
export function movingReference(
  objective: Pick<Objective, 'name' | 'requires'>,
  { model, every, mixup = 0.6 }: ReferenceSync & { readonly model: CausalLanguageModel | undefined },
  policy: Pick<CausalLanguageModel, 'parameters'>,
): MovingReference {
  if (!objective.requires.reference || !model) {
    throw new TrainerError(
      'invalid-option',
      `The objective "${objective.name}" reads no reference, so there is none to move. Leave out referenceSync.`,
    );
  }
  if (model === policy) {
    throw new TrainerError(
      'invalid-option',
      'The reference is the policy itself and would move with it. Load the model a second time for the reference.',
    );
  }
  requireWhole('referenceSync.every', every, 1);
  if (!(mixup > 0 && mixup <= 1)) {
    throw new TrainerError('invalid-option', `referenceSync.mixup must be in (0, 1], got ${mixup}.`);
  }
  return {
    model,
    configuration: { referenceSync: { every, mixup } },
    movedBy: (step) => step >= every,
    updated(step, policy) {
      if (step % every !== 0) return;
      for (const [name, target] of model.parameters) {
        if (!policy.has(name))
          throw new TrainerError('invalid-option', `The policy has no ${name}, which its reference has.`);
        // a + m·(b − a), one parameter at a time, so that no second copy of the model is in memory.
        tf.tidy(() => {
          const source = effectiveParameter(policy, name);
          target.assign(tf.add(target, tf.mul(tf.sub(source, target), mixup)));
        });
      }
    },
    async save(directory) {
      const tensors = new Map<string, StoredTensor>();
      for (const [name, variable] of model.parameters) {
        tensors.set(name, { shape: variable.shape, values: await variable.data<'float32'>() });
      }
      await writeSafetensors(join(directory, FILE), tensors);
    },
    async restore(directory) {
      for (const [name, { shape, values }] of await readSafetensors(join(directory, FILE))) {
        const stored = tf.tensor(values, [...shape]);
        model.parameters.get(name)?.assign(stored);
        stored.dispose();
      }
    },
  };
}
