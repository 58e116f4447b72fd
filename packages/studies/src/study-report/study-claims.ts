import type { Claim, StudyData } from '../study/study-data.js';
import { type Criterion, criterionText, decide, type Numbers } from './claim-decision.js';
import { type ClaimRule, mixtureRules, policyRules } from './claim-rules.js';
import { hasInterval } from './measured-number.js';

/** A claim with what it rests on, for a reader. */
export interface JudgedClaim {
  readonly claim: Claim;
  /** When it would hold, and when in part. */
  readonly criterion: string;
}

/**
 * Each claim of the paper beside what was measured here, and whether it stands; beyond the paper's figures, our own
 * questions in the same form.
 *
 * The rules are in `claim-rules.ts`, and were written before the runs (docs/decisions/studies.md has the exceptions). A claim whose runs a study lacks is left out.
 */
export function studyClaims(studies: readonly StudyData[]): Claim[] {
  return studies.flatMap((study) => judgedClaims(study).map(({ claim }) => claim));
}

/** The claims of one study. */
export function judgedClaims(study: StudyData): JudgedClaim[] {
  return study.study === 'fig1' ? judge(mixtureRules, study) : judge(policyRules, study);
}

function judge<Data extends StudyData>(rules: readonly ClaimRule<Data>[], study: Data): JudgedClaim[] {
  return rules
    .filter(({ figure }) => figure === study.study)
    .flatMap((rule) => {
      const numbers = rule.measure(study);
      return numbers ? [judged(rule, rule.criterion, numbers, study)] : [];
    });
}

function judged(
  { figure, statement }: Pick<ClaimRule<never>, 'figure' | 'statement'>,
  criterion: Criterion,
  numbers: Numbers,
  { seeds }: StudyData,
): JudgedClaim {
  const measured = Object.values(numbers).map((number) => {
    const { name, value, low, high, method = '' } = number;
    return { name, value, ...(hasInterval(number) && { interval: { low, high, method } }) };
  });
  const claim: Claim = { figure, statement, measured, seeds, ...decide(numbers, criterion) };
  return { claim, criterion: criterionText(numbers, criterion) };
}
