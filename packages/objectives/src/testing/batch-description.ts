import * as fc from 'fast-check';
import type {
  PairBatch,
  SampleBatch,
  TokenPairBatch,
  TokenSampleBatch,
  TokenUnpairedBatch,
  UnpairedBatch,
} from '../contract/batch.js';

/** What one field of a batch may hold. */
export interface FieldDescription {
  /** Whether gradients must reach the field; those that it is false for are constants of the update. */
  readonly trained: boolean;
  /** Everyday values. Multiples of 1/64 keep finite differences exact. */
  readonly ordinary: fc.Arbitrary<number>;
  /** Values at the ends of what must stay finite. */
  readonly extreme: readonly number[];
  /** Whether batches without the field are allowed. */
  readonly optional?: boolean;
  /** Whether the field has a value per token: each row a list, of the same length in all such fields of one response. */
  readonly tokens?: boolean;
}

/** What a batch consists of: the suite draws batches from it. */
export type BatchDescription<B> = { readonly [Field in keyof B]-?: FieldDescription };

/** Of a batch with tokens: sums, lengths, and rows follow from the tokens, so they need no description. */
export type TokenBatchDescription<B> = Partial<BatchDescription<B>>;

/**
 * Numbers from `low` to `high`, multiples of 1/64.
 *
 * @example
 * // Numbers that float32 holds exactly.
 * fc.assert(fc.property(sixtyFourths(-2, 1), (value) => Number.isInteger(64 * value)));
 */
export function sixtyFourths(low: number, high: number): fc.Arbitrary<number> {
  return fc.integer({ min: low * 64, max: high * 64 }).map((n) => n / 64);
}

// 1e6 takes the margin βρ to 1e4 where β is 0.01.
const policy: FieldDescription = { trained: true, ordinary: sixtyFourths(-20, -4), extreme: [0, -1e4, -1e6] };
const constant: FieldDescription = { ...policy, trained: false };
const length: FieldDescription = {
  trained: false,
  ordinary: fc.integer({ min: 1, max: 40 }),
  extreme: [1, 10_000],
};
const certainty: FieldDescription = {
  trained: false,
  ordinary: sixtyFourths(-2, 1),
  extreme: [-1e4, 1e4],
  optional: true,
};

/** Preference pairs, with log-ratios of up to ±16 every day and ±1e6 at the extremes. */
export const pairs: BatchDescription<PairBatch> = {
  policyChosen: policy,
  policyRejected: policy,
  referenceChosen: constant,
  referenceRejected: constant,
  behaviorChosen: { ...constant, optional: true },
  behaviorRejected: { ...constant, optional: true },
  chosenLength: length,
  rejectedLength: length,
  chosenCertainty: certainty,
  rejectedCertainty: certainty,
};

/** Scored samples in three groups. */
export const samples: BatchDescription<SampleBatch> = {
  policy,
  reference: constant,
  rewards: { trained: false, ordinary: sixtyFourths(-3, 3), extreme: [-1e4, 1e4] },
  behavior: { ...constant, optional: true },
  length,
  group: { trained: false, ordinary: fc.integer({ min: 0, max: 2 }), extreme: [0, 1] },
};

/** Labeled responses. */
export const unpaired: BatchDescription<UnpairedBatch> = {
  policy,
  reference: constant,
  length,
  label: { trained: false, ordinary: fc.constantFrom(0, 1), extreme: [0, 1] },
  divergence: { trained: false, ordinary: sixtyFourths(0, 8), extreme: [0, 1e4, 1e6], optional: true },
};

const tokens: FieldDescription = {
  trained: true,
  tokens: true,
  ordinary: sixtyFourths(-5, 0),
  extreme: [0, -1e4, -1e6],
};
const constantTokens: FieldDescription = { ...tokens, trained: false };

/** Preference pairs with a log-probability per token. */
export const tokenPairs: TokenBatchDescription<TokenPairBatch> = {
  policyChosenTokens: tokens,
  policyRejectedTokens: tokens,
  referenceChosenTokens: constantTokens,
  referenceRejectedTokens: constantTokens,
  behaviorChosenTokens: { ...constantTokens, optional: true },
  behaviorRejectedTokens: { ...constantTokens, optional: true },
  chosenCertainty: certainty,
  rejectedCertainty: certainty,
};

/** Scored samples with a log-probability per token. */
export const tokenSamples: TokenBatchDescription<TokenSampleBatch> = {
  policyTokens: tokens,
  referenceTokens: constantTokens,
  behaviorTokens: { ...constantTokens, optional: true },
  rewards: samples.rewards,
  group: samples.group,
};

/** Labeled responses with a log-probability per token. */
export const tokenUnpaired: TokenBatchDescription<TokenUnpairedBatch> = {
  policyTokens: tokens,
  referenceTokens: constantTokens,
  label: unpaired.label,
  divergence: unpaired.divergence,
};
