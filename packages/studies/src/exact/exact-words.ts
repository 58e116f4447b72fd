import type { ClaimVerdict } from '../data/study-data.js';
import { arms } from './arms.js';
import type { Comparison, ExactFactors, ExactRow, Shift } from './exact-row.js';

export const shiftTitles: Readonly<Record<Shift, string>> = {
  none: 'pairs of π_ref',
  unknown: 'shifted pairs, μ unknown',
  known: 'shifted pairs, μ known',
};

export const comparisonTitles: Readonly<Record<Comparison, string>> = {
  steps: 'equal steps',
  'kl-in-training': 'equal KL during training',
  'kl-over-beta': 'equal KL over β',
  'half-kl-over-beta': 'half of that √KL',
};

/** The verdicts as a map has them. */
export const effectTitles: Readonly<Record<ClaimVerdict, string>> = {
  shown: 'helps',
  equivalent: 'no difference',
  refuted: 'hurts',
  open: 'open',
};

export function armTitle(name: ExactRow['arm']): string {
  return arms.find((arm) => arm.name === name)?.title ?? 'DPO';
}

/** `full`, or `3 tokens`. */
export function contextTitle(context: ExactFactors['context']): string {
  if (context === 'full') return 'full';
  return context === 1 ? '1 token' : `${context} tokens`;
}
