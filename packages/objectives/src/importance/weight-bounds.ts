import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { PairBatch } from '../contract/batch.js';
import { shownOption, withDefaults } from '../contract/check-option.js';
import type { Metrics } from '../contract/objective.js';
import { ObjectivesError } from '../errors.js';
import { sumByRow } from '../numerics/by-row.js';
import {
  applyBounds,
  type ClipBounds,
  checkBounds,
  isBounded,
  masks,
  type RatioBounds,
} from './ratio-bounds.js';
import {
  clippedTokens,
  keptByFilter,
  type ResponseScores,
  type TokenScores,
  tokenScores,
} from './response-scores.js';
import { checkKernel, VESPO, type VespoOptions, vespoKernel } from './vespo-kernel.js';

/** Bounds on what a pair's weight is made of; none of them by default. */
export interface WeightBoundsOptions {
  /**
   * Bounds on s_t, the log-ratio of each token, before they are summed. A token that is masked makes w 0, as a factor of 0 makes a
   * product.
   */
  readonly clipTokens?: RatioBounds;
  /** Bounds on α·s of each response, before the two are added. */
  readonly clipResponses?: RatioBounds;
  /** Bounds on log w of the pair outside of which w is 0; `clip` of `adaptiveImportance` truncates it instead. */
  readonly mask?: ClipBounds;
  /** Bounds on s/|y|, the log of the geometric mean of a response's ratios: outside of them w is 0, within them as it was. */
  readonly filter?: ClipBounds;
  /** VESPO's kernel W^k·e^(λ(1−W)) in place of each response's factor W = exp(α·s); false by default. */
  readonly vespo?: VespoOptions | false;
}

/** Bounds as weights apply them. */
export interface WeightBounds {
  /** Whether they read log-probabilities of tokens. */
  readonly tokens: boolean;
  /** log w of each pair from the scores of its responses. */
  logWeights(batch: PairBatch, scores: PairScores): BoundedWeights;
}

/** What a pair's weight is made of. */
export interface PairScores {
  readonly chosen: ResponseScores;
  readonly rejected: ResponseScores;
}

export interface BoundedWeights {
  /** log w, [batch]; of no meaning where the pair is dropped. */
  readonly logs: Tensor1D;
  /** 1 for a pair that keeps its weight, 0 for one that is dropped; absent where none can be. */
  readonly kept: Tensor1D | undefined;
  /** 1 if a bound on a response or on the pair applied, otherwise 0. */
  readonly outside: Tensor1D;
  readonly metrics: Metrics;
}

/**
 * Bounds on importance weights, per token, per response, or smooth; truncated, masked, or filtered.
 *
 * In this order: tokens (`clipTokens`), responses (`clipResponses`, then `vespo`), the pair (`mask`, then `clip` of
 * `adaptiveImportance`). Bounds are logarithms, in nats: `Math.log(2)` for a ratio of 2.
 *
 * Any of them can be combined, with any smoothing, and with any objective over pairs. For the weights of other libraries take
 * `fixed(1)`.
 *
 * @returns the bounds, checked; pass them as `bounds` to `adaptiveImportance`
 * @throws {ObjectivesError} `invalid-option` if a bound is not a number, a lower bound is above the upper one, or a parameter of
 *   VESPO is below 0
 * @example
 * // Responses whose ratio is above 2 count as 2, and pairs with a response far from the policy not at all.
 * const bounds = weightBounds({ clipResponses: { upper: Math.log(2) }, filter: { lower: -0.5, upper: 0.5 } });
 * dpo({ beta: 0.05, importance: adaptiveImportance({ smoothing: fixed(1), bounds }) });
 * @see TRL `vllm_importance_sampling_mode`; verl `rollout_is`, `rollout_rs`; Shen et al. 2026, "VESPO", arXiv 2602.10693
 */
export function weightBounds(options: WeightBoundsOptions): WeightBounds {
  const all: Required<WeightBoundsOptions> = withDefaults('weightBounds', options, {
    clipTokens: {},
    clipResponses: {},
    mask: {},
    filter: {},
    vespo: false,
  });
  const { clipTokens, clipResponses, mask, filter, vespo: kernels } = all;
  for (const [name, bounds] of Object.entries({ clipTokens, clipResponses, mask, filter })) {
    checkBounds('weightBounds', name, bounds);
  }
  if (kernels !== false && (typeof kernels !== 'object' || kernels === null)) {
    throw new ObjectivesError(
      'invalid-option',
      `weightBounds: vespo must be false or an object of kernels ({} for the authors' own), got ${shownOption(kernels)}.`,
    );
  }
  const vespo = kernels ? withDefaults('weightBounds: vespo', kernels, { ...VESPO }) : undefined;
  if (vespo) {
    checkKernel('vespo.chosen', vespo.chosen);
    checkKernel('vespo.rejected', vespo.rejected);
  }
  const tokens = isBounded(clipTokens);

  const factorOf = (batch: PairBatch, response: ResponseScores, side: 'chosen' | 'rejected'): Factor => {
    const { alpha, score, length } = response;
    const own = tokens ? tokenScores('weightBounds', batch, side) : undefined;
    const ofTokens = own && applyBounds(own.scores, clipTokens);
    const logs = tf.mul<Tensor1D>(alpha, ofTokens ? sumByRow(ofTokens.logs, own.rows, length.size) : score);
    const bounded = applyBounds(logs, clipResponses);
    const masked = ofTokens && tf.step(sumByRow(ofTokens.outside, own.rows, length.size));
    return {
      logs: vespo ? vespoKernel(bounded.logs, vespo[side]) : bounded.logs,
      outside: bounded.outside,
      tokens: own,
      kept: [
        ...(masked && masks(clipTokens) ? [tf.sub<Tensor1D>(1, masked)] : []),
        ...(masks(clipResponses) ? [tf.sub<Tensor1D>(1, bounded.outside)] : []),
      ],
    };
  };

  return {
    tokens,
    logWeights(batch, scores) {
      const chosen = factorOf(batch, scores.chosen, 'chosen');
      const rejected = factorOf(batch, scores.rejected, 'rejected');
      const logs = tf.add<Tensor1D>(chosen.logs, rejected.logs);
      const ofPair = applyBounds(logs, mask);
      const kept = [
        ...(isBounded(filter) ? [keptByFilter([scores.chosen, scores.rejected], filter)] : []),
        ...chosen.kept,
        ...rejected.kept,
        ...(isBounded(mask) ? [tf.sub<Tensor1D>(1, ofPair.outside)] : []),
      ].reduce<Tensor1D | undefined>((all, own) => (all ? tf.mul<Tensor1D>(all, own) : own), undefined);
      const both = [scores.chosen.length, scores.rejected.length] as const;
      return {
        logs,
        kept,
        outside: [chosen.outside, rejected.outside].reduce(
          (any, own) => tf.maximum<Tensor1D>(any, own),
          ofPair.outside,
        ),
        metrics: {
          ...(chosen.tokens &&
            rejected.tokens && {
              'weights/clipped_tokens': clippedTokens([chosen.tokens, rejected.tokens], both, clipTokens),
            }),
          ...(kept && { 'weights/dropped': tf.sub<Tensor1D>(1, kept) }),
        },
      };
    },
  };
}

/** What one response contributes to log w, and what its bounds did. */
interface Factor {
  readonly logs: Tensor1D;
  readonly outside: Tensor1D;
  readonly tokens: TokenScores | undefined;
  /** 1 where a mask did not apply, otherwise 0. */
  readonly kept: readonly Tensor1D[];
}
