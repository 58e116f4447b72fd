import * as fc from 'fast-check';
import type { PairBatch, SampleBatch } from '../contract/batch.js';

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
}

/** What a batch consists of: the suite draws batches from it. */
export type BatchDescription<B> = { readonly [Field in keyof B]-?: FieldDescription };

/** Numbers from `low` to `high`, multiples of 1/64. */
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
  length,
  group: { trained: false, ordinary: fc.integer({ min: 0, max: 2 }), extreme: [0, 1] },
};
