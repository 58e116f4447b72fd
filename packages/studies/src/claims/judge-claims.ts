import { lookSeedCounts } from '../data/look-seed-counts.js';
import { type Claim, isPolicyStudy, type StudyData } from '../data/study-data.js';
import { hasInterval, type MeasuredNumber } from '../measures/measured-number.js';
import { criterionText, type Decision, decide } from './claim-decision.js';
import type { StudyClaim } from './study-claim.js';

/** A claim with what it rests on, for a reader. */
export interface JudgedClaim {
  readonly claim: Claim;
  /** When it would be shown, refuted, or equivalent. */
  readonly criterion: string;
}

/**
 * Each claim with its verdict; one whose runs the study lacks is left out.
 *
 * A study with several looks is judged at each of them, with the seeds that it had by then, at the confidence that all looks
 * together need. The first look that decides a claim has decided it: later seeds do not change the verdict. A look that cannot
 * be read yet leaves the verdict of the one before it.
 */
export function judgeClaims<Data extends StudyData>(
  claims: readonly StudyClaim<Data>[],
  study: Data,
): JudgedClaim[] {
  return claims.flatMap((claim) => {
    const decided = decideClaim(claim, study);
    if (!decided) return [];
    const { seen, look, number, verdict, reason } = decided;
    const judged: Claim = {
      figure: study.study,
      statement: claim.statement,
      ...(claim.foundAfterwards && { foundAfterwards: true }),
      measured: [number, ...besides(claim, seen, number)].map(forRecord),
      seeds: seen.seeds,
      ...(study.looks && { look, looks: study.looks }),
      verdict,
      reason,
    };
    return [{ claim: judged, criterion: criterionText(number, claim.bound) }];
  });
}

/** Whether further seeds could decide one of the claims. */
export function hasOpenClaim<Data extends StudyData>(
  claims: readonly StudyClaim<Data>[],
  study: Data,
): boolean {
  return claims.some((claim) => decideClaim(claim, study)?.verdict === 'open');
}

interface DecidedClaim<Data> extends Decision {
  /** The study as it was at the look that decided, or at the last one. */
  readonly seen: Data;
  /** Which look that was, from 1; 0 before the first. */
  readonly look: number;
  readonly number: MeasuredNumber;
}

function decideClaim<Data extends StudyData>(
  { number, bound }: StudyClaim<Data>,
  study: Data,
): DecidedClaim<Data> | undefined {
  const decideWith = (seen: Data, look: number): DecidedClaim<Data> | undefined => {
    const found = number(seen);
    return found && { seen, look, number: found, ...decide(found, bound) };
  };
  const counts = lookSeedCounts(study);
  if (counts.length === 0) {
    const only = decideWith(study, 1);
    return only && study.looks ? { ...only, ...beforeFirstLook(only) } : only;
  }
  let last: DecidedClaim<Data> | undefined;
  for (const [index, seeds] of counts.entries()) {
    const decided = decideWith(withFirstSeeds(study, seeds), index + 1);
    // A run of the new seeds is missing: what the look before it found still holds.
    if (!decided) return last;
    last = decided;
    if (last.verdict !== 'open') return last;
  }
  return last;
}

/** Nothing is decided before the first look: one more look would need wider intervals at all of them. */
function beforeFirstLook({ reason }: Decision): Decision & { readonly look: number } {
  return { look: 0, verdict: 'open', reason: `${reason} Nothing is decided before the first look.` };
}

/** A study as it was when it had the seeds 1, 2, … up to a number of them. */
function withFirstSeeds<Data extends StudyData>(study: Data, count: number): Data {
  if (count >= study.seeds.length || !isPolicyStudy(study)) return study;
  const seeds = study.seeds.filter((seed) => seed <= count);
  const isSeen = ({ seed }: { readonly seed: number }): boolean => seeds.includes(seed);
  const { runs, weights } = study;
  return { ...study, seeds, runs: runs.filter(isSeen), ...(weights && { weights: weights.filter(isSeen) }) };
}

function besides<Data>(
  { beside }: StudyClaim<Data>,
  study: Data,
  deciding: MeasuredNumber,
): readonly MeasuredNumber[] {
  const named = new Map((beside?.(study) ?? []).map((number) => [number.name, number]));
  named.delete(deciding.name);
  return [...named.values()];
}

function forRecord(number: MeasuredNumber): Claim['measured'][number] {
  const { name, value, low, high, method = '', confidence = 0.95 } = number;
  return { name, value, ...(hasInterval(number) && { interval: { low, high, confidence, method } }) };
}
