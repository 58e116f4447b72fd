import { both, comparisonClaim, type FindTwo } from '../../claims/comparison-claims.js';
import type { StudyClaim } from '../../claims/study-claim.js';
import { adaptiveSweep, findSweep } from '../../measures/find-sweep.js';
import { differenceAtEnd, differenceAtEqualKl, klShare } from '../../measures/win-rate-measures.js';
import { type ControlName, controls, dpo } from '../../methods/methods.js';

const titled = (title: string) => (study: Parameters<FindTwo>[0]) => findSweep(study, { title });
const control = (name: ControlName) => titled(controls[name].title);
const plain = titled(dpo.title);

const [step, reweighting] = [control('mean-weight'), control('self-normalized')];

export const claims: readonly StudyClaim[] = [
  comparisonClaim(
    'The mean weight alone, a smaller step, ends with less KL than DPO.',
    both(step, plain),
    klShare,
    {
      below: 1,
    },
  ),
  comparisonClaim(
    'The mean weight alone ends with a higher win rate than DPO.',
    both(step, plain),
    differenceAtEnd,
    { above: 0 },
  ),
  comparisonClaim('Reweighting alone ends with less KL than DPO.', both(reweighting, plain), klShare, {
    below: 1,
  }),
  comparisonClaim(
    'Reweighting alone ends with a higher win rate than DPO.',
    both(reweighting, plain),
    differenceAtEnd,
    { above: 0 },
  ),
  comparisonClaim(
    'At the same KL, reweighting alone wins more often than DPO.',
    both(reweighting, plain),
    differenceAtEqualKl,
    { above: 0 },
  ),
  comparisonClaim(
    'AIS-DPO ends with a higher win rate than the mean weight alone.',
    both(adaptiveSweep, step),
    differenceAtEnd,
    { above: 0 },
  ),
  comparisonClaim(
    'At the same KL, AIS-DPO wins more often than the mean weight alone.',
    both(adaptiveSweep, step),
    differenceAtEqualKl,
    { above: 0 },
  ),
  comparisonClaim(
    'AIS-DPO ends with less KL than the mean weight alone.',
    both(adaptiveSweep, step),
    klShare,
    {
      below: 1,
    },
  ),
  ...(
    [
      ['bounded', 'weights bounded to between e^−0.5 and e^0.5'],
      ['pair-alpha', 'one α per pair'],
    ] as const
  ).map(([name, words]) =>
    comparisonClaim(
      `AIS-DPO with ${words} wins as often at the end as AIS-DPO.`,
      both(control(name), adaptiveSweep),
      differenceAtEnd,
      { above: -0.02, below: 0.02 },
    ),
  ),
  comparisonClaim(
    'At the same KL, AIS-DPO wins more often than Humanline-DPO.',
    both(adaptiveSweep, control('humanline')),
    differenceAtEqualKl,
    { above: 0 },
  ),
];
