import type { Bound } from '../claims/claim-decision.js';
import type { StudyClaim } from '../claims/study-claim.js';
import type { ExactStudyData } from '../data/study-data.js';
import type { MeasuredNumber } from '../measures/measured-number.js';
import type { ArmName } from './arms.js';
import { type Comparison, comparisons, type ExactRow } from './exact-row.js';
import { armTitle, comparisonTitles } from './exact-words.js';
import { mainRow, type RowQuery } from './find-rows.js';

type ExactClaim = StudyClaim<ExactStudyData>;

type Quantity = 'win' | 'gold' | 'kl';

const quantities: Readonly<Record<Quantity, string>> = { win: 'win rate', gold: 'gold reward', kl: 'KL' };

/** A claim about a method less DPO, at the base with other values of some factors. Beside it stand the other ways to compare. */
function armClaim(
  statement: string,
  arm: ArmName,
  { at, of = 'win', ...query }: RowQuery & { readonly at: Comparison; readonly of?: Quantity },
  bound: Bound,
  foundAfterwards?: true,
): ExactClaim {
  const read = (study: ExactStudyData, where: Comparison): ExactRow | undefined =>
    mainRow(study, { ...query, arm, at: where });
  return {
    statement,
    number: (study) => {
      const row = read(study, at);
      return row && numberOf(row, of);
    },
    bound,
    beside: (study) => [
      ...comparisons.flatMap((where) => {
        const row = read(study, where);
        return row ? [numberOf(row, 'win'), numberOf(row, 'gold')] : [];
      }),
      ...(['steps'] as const).flatMap((where) => {
        const row = read(study, where);
        return row ? [numberOf(row, 'kl')] : [];
      }),
    ],
    ...(foundAfterwards && { foundAfterwards }),
  };
}

function numberOf(row: ExactRow, of: Quantity): MeasuredNumber {
  const { value, half } = row[of];
  const low = value - half;
  const high = value + half;
  return {
    name: `${armTitle(row.arm)} less DPO, ${quantities[of]} at ${comparisonTitles[row.at]}`,
    unit: of === 'win' ? 'points' : 'number',
    value,
    low,
    high,
    covers: row.seeds > 1 ? 'seeds' : 'nothing',
    confidence: 0.95,
    method: `over ${row.seeds} seeds, t`,
  };
}

const more: Bound = { above: 0 };
const less: Bound = { below: 0 };
const alike: Bound = { above: -0.02, below: 0.02 };
const atKl = { at: 'kl-over-beta' } as const;

export const claims: readonly ExactClaim[] = [
  armClaim('AIS ends with less KL than DPO.', 'ais', { at: 'steps', of: 'kl' }, less),
  armClaim(
    'The mean weight alone ends with less KL: weights make a smaller step.',
    'mean-weight',
    { at: 'steps', of: 'kl' },
    less,
  ),
  armClaim('Reweighting alone ends with more KL.', 'self-normalized', { at: 'steps', of: 'kl' }, more),
  armClaim('AIS wins more often than DPO after the same number of updates.', 'ais', { at: 'steps' }, more),
  armClaim(
    'The mean weight alone leaves the win rate as it is, within 2 points.',
    'mean-weight',
    { at: 'steps' },
    alike,
  ),
  armClaim(
    'Reweighting alone wins more often than DPO after the same number of updates.',
    'self-normalized',
    { at: 'steps' },
    more,
  ),
  armClaim(
    'At the same KL during training, AIS wins more often than DPO.',
    'ais',
    { at: 'kl-in-training' },
    more,
  ),
  armClaim('At the same KL, reached by the choice of β, AIS wins more often than DPO.', 'ais', atKl, more),
  armClaim(
    'At the same KL, reached by the choice of β, AIS wins over 10 points more often than DPO.',
    'ais',
    atKl,
    { above: 0.1 },
  ),
  armClaim(
    'At half of the largest √KL, AIS and DPO win as often, within 2 points.',
    'ais',
    { at: 'half-kl-over-beta' },
    alike,
  ),
  ...[4, 6, 8, 10].map((length) =>
    armClaim(
      `With responses of ${length} tokens, AIS wins more often than DPO at the same KL.`,
      'ais',
      { ...atKl, length },
      more,
    ),
  ),
  armClaim(
    'Where the policy sees all that it has written, AIS and DPO win as often at the same KL, within 2 points.',
    'ais',
    { ...atKl, context: 'full' },
    alike,
  ),
  armClaim(
    'Where the policy sees one token back, AIS wins more often than DPO at the same KL.',
    'ais',
    { ...atKl, context: 1 },
    more,
  ),
  armClaim(
    'With 60 pairs, AIS wins more often than DPO at the same KL.',
    'ais',
    { ...atKl, pairs: 60 },
    more,
  ),
  armClaim(
    'With a quarter of the labels turned around, AIS wins more often than DPO at the same KL.',
    'ais',
    { ...atKl, flips: 0.25 },
    more,
  ),
  armClaim(
    'On shifted pairs of an unknown policy, AIS wins more often than DPO at the same KL.',
    'ais',
    { ...atKl, shift: 'unknown' },
    more,
  ),
  armClaim(
    'On shifted pairs, with weights relative to the policy that wrote them, AIS wins more often than DPO at the same KL.',
    'ais',
    { ...atKl, shift: 'known' },
    more,
  ),
  ...[5, 8, 10].map((length) =>
    armClaim(
      `With responses of ${length} tokens, plain importance weights (α = 1) win less often than DPO at the same KL.`,
      'plain',
      { ...atKl, length },
      less,
    ),
  ),
  armClaim(
    'At β = 1, AIS and DPO win as often after the same number of updates, within 2 points.',
    'ais',
    { at: 'steps', beta: 1 },
    alike,
    true,
  ),
];
