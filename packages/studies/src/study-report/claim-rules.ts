import type { MixtureStudyData, PolicyStudyData, PreferenceData, StudyName } from '../study/study-data.js';
import { fixedAlphaNumbers } from './alpha-measures.js';
import type { Criterion, Numbers } from './claim-decision.js';
import { type Alternative, findAlternative, findSweep, withAndWithout } from './find-sweep.js';
import { exactly, type MeasuredNumber } from './measured-number.js';
import {
  differenceOfBest,
  differenceOfFalls,
  fallAlongEpoch,
  fallOverBeta,
  riseAlongEpoch,
  shiftNumbers,
} from './peak-measures.js';
import type { StudySweep } from './study-lines.js';
import { trainingNumbers } from './training-measures.js';
import { weightNumbers } from './weight-measures.js';
import {
  differenceAtEnd,
  differenceAtEqualKl,
  differencesBefore,
  endNumbers,
  klForBestRate,
  klShare,
} from './win-rate-measures.js';

/**
 * What the paper says about a figure, what is measured for it, and when it counts as seen: decided here, before the figure
 * was run (docs/decisions/studies.md has the exceptions). A rule returns no numbers where the study lacks the runs that it is about.
 */
export interface ClaimRule<Data> {
  readonly figure: StudyName;
  readonly statement: string;
  readonly measure: (study: Data) => Numbers | undefined;
  readonly criterion: Criterion;
}

/** Smaller than this, a fall or a difference of win rates counts as none: it would have to be shown to be smaller. */
const negligible = 0.05;

const alternativeNames: Readonly<Record<Alternative, string>> = {
  wpo: 'WPO',
  'chi-po': 'χPO',
  'length-regularized-dpo': 'length-regularized DPO',
  'clipped ratio': 'DPO weighted by the clipped importance ratio',
};

export const mixtureRules: readonly ClaimRule<MixtureStudyData>[] = [
  {
    figure: 'fig1',
    statement:
      'The squared loss over the data, weighted by importance, follows the KL divergence; unweighted, it does not.',
    measure: ({ mixture }) => {
      const { importanceWeighted, muWeighted } = mixture;
      const weighted = importanceWeighted.correlation;
      const unweighted = muWeighted.correlation;
      return {
        weighted: exactly(
          'the weighted loss’ correlation with KL, in expectation',
          'number',
          weighted.expected,
        ),
        unweighted: exactly(
          'the unweighted loss’ correlation with KL, in expectation',
          'number',
          unweighted.expected,
        ),
        gain: exactly('the first less the second', 'number', weighted.expected - unweighted.expected),
        sampledWeighted: drawn('the weighted loss’ correlation with KL, sampled', weighted.sampled),
        sampledUnweighted: drawn('the unweighted loss’ correlation with KL, sampled', unweighted.sampled),
      };
    },
    criterion: {
      holds: [
        { of: 'weighted', above: 0.7 },
        { of: 'unweighted', below: 0.4 },
      ],
      inPart: [{ of: 'gain', above: 0.2 }],
    },
  },
];

export const policyRules: readonly ClaimRule<PolicyStudyData>[] = [
  ...(['dpo', 'ipo'] as const).flatMap((objective): ClaimRule<PolicyStudyData>[] => {
    const name = objective.toUpperCase();
    return [
      {
        figure: 'fig2',
        statement: `At the same KL, AIS-${name} wins over 10 points more often than ${name}.`,
        measure: (study) => {
          const found = withAndWithout(study, objective);
          if (!found) return undefined;
          const { adaptive, plain } = found;
          const difference = differenceAtEqualKl(adaptive, plain);
          return (
            difference && {
              difference,
              ...differencesBefore(adaptive, plain),
              ...klForBestRate(adaptive, plain),
            }
          );
        },
        criterion: { holds: [{ of: 'difference', above: 0.1 }], inPart: [{ of: 'difference', above: 0 }] },
      },
      {
        figure: 'fig2',
        statement: `With more KL, the win rate of ${name} rises and falls again; that of AIS-${name} does not fall.`,
        measure: (study) => {
          const found = withAndWithout(study, objective);
          return (
            found && {
              plain: fallOverBeta(found.plain),
              adaptive: fallOverBeta(found.adaptive),
            }
          );
        },
        criterion: {
          holds: [
            { of: 'plain', above: 0 },
            { of: 'adaptive', below: negligible },
          ],
          inPart: [{ of: 'plain', above: 0 }],
        },
      },
      {
        figure: 'fig7',
        statement: `Over the whole epoch, AIS-${name} keeps its win rate, at less KL than ${name}.`,
        measure: (study) => {
          const found = withAndWithout(study, objective);
          const share = found && klShare(found.adaptive, found.plain);
          return (
            share && {
              fall: fallAlongEpoch(found.adaptive).fall,
              share,
              ...endNumbers([found.plain, found.adaptive]),
            }
          );
        },
        criterion: {
          holds: [
            { of: 'fall', below: negligible },
            { of: 'share', below: 1 },
          ],
          inPart: [
            { of: 'fall', below: negligible },
            { of: 'share', below: 1 },
          ],
        },
      },
    ];
  }),
  {
    figure: 'fig3',
    statement: 'DPO wins most early, at 20 % of the epoch, and falls from then on.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return found && { ...fallAlongEpoch(found.plain), rise: riseAlongEpoch(found.plain) };
    },
    criterion: {
      holds: [
        { of: 'fall', above: 0 },
        { of: 'rise', above: 0 },
        { of: 'peakAt', below: 0.5 },
      ],
      inPart: [{ of: 'fall', above: 0 }],
    },
  },
  {
    figure: 'fig3',
    statement: 'The win rate of AIS-DPO does not degrade as training goes on.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      return (
        found && {
          ...fallAlongEpoch(found.adaptive),
          less: differenceOfFalls(found.plain, found.adaptive),
        }
      );
    },
    criterion: { holds: [{ of: 'fall', below: negligible }], inPart: [{ of: 'less', above: 0 }] },
  },
  {
    figure: 'fig3',
    statement: 'AIS-DPO ends with a higher win rate than DPO, with less than 35 % of its KL.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo');
      const share = found && klShare(found.adaptive, found.plain);
      return (
        share && {
          end: differenceAtEnd(found.adaptive, found.plain),
          share,
          ...endNumbers([found.plain, found.adaptive]),
        }
      );
    },
    criterion: {
      holds: [
        { of: 'end', above: 0 },
        { of: 'share', below: 0.35 },
      ],
      inPart: [
        { of: 'end', above: 0 },
        { of: 'share', below: 1 },
      ],
    },
  },
  {
    figure: 'fig4',
    statement:
      'What DPO gains shrinks as its data shift away from the SFT model: most on D1, less on D2, least on D3.',
    measure: (study) => shiftNumbers(study, 'epoch'),
    criterion: {
      holds: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
        { of: 'order', above: 0 },
      ],
      inPart: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
      ],
    },
  },
  {
    figure: 'fig5',
    statement: 'Over all β, the best win rate of DPO falls as its data shift, from D1 to D3.',
    measure: (study) => shiftNumbers(study, 'trade-off'),
    criterion: {
      holds: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
        { of: 'order', above: 0 },
      ],
      inPart: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
      ],
    },
  },
  {
    figure: 'fig5',
    statement: 'Over-optimization comes earlier, at less KL, on D3 than on D1.',
    measure: (study) => {
      const shift = shiftNumbers(study, 'trade-off');
      const shifted = findSweep(study, { objective: 'dpo', importance: 'none', data: 'D3' });
      return shift && shifted && { ...shift, fall: fallOverBeta(shifted) };
    },
    criterion: {
      holds: [
        { of: 'D3Kl', above: 0 },
        { of: 'fall', above: 0 },
      ],
      inPart: [{ of: 'D3Kl', above: 0 }],
    },
  },
  {
    figure: 'fig6',
    statement: 'RLOO, which trains on its own samples, wins more than DPO and AIS-DPO at the same KL.',
    measure: (study) => {
      const rloo = findSweep(study, { objective: 'rloo' });
      const found = withAndWithout(study, 'dpo');
      if (!rloo || !found) return undefined;
      return bothAtEqualKl([rloo, found.plain], [rloo, found.adaptive]);
    },
    criterion: {
      holds: [
        { of: 'first', above: 0 },
        { of: 'second', above: 0 },
      ],
      inPart: [
        { of: 'first', above: 0 },
        { of: 'second', above: 0 },
      ],
    },
  },
  {
    figure: 'fig6',
    statement: 'AIS-DPO closes part of the gap between DPO and RLOO.',
    measure: (study) => {
      const rloo = findSweep(study, { objective: 'rloo' });
      const found = withAndWithout(study, 'dpo');
      if (!rloo || !found) return undefined;
      return {
        gap: differenceOfBest(rloo, found.plain).rate,
        closed: differenceOfBest(found.adaptive, found.plain).rate,
        left: differenceOfBest(rloo, found.adaptive).rate,
      };
    },
    criterion: {
      holds: [
        { of: 'gap', above: 0 },
        { of: 'closed', above: 0 },
      ],
      inPart: [{ of: 'closed', above: 0 }],
    },
  },
  {
    figure: 'fig8',
    statement:
      'Of fixed α, a small one of about 0.05 has the best win rate: above that of α = 0 and that of the largest.',
    measure: (study) => fixedAlphaNumbers(study)?.rates,
    criterion: {
      holds: [
        { of: 'best', below: 0.15 },
        { of: 'overNone', above: 0 },
        { of: 'overLargest', above: 0 },
      ],
      inPart: [{ of: 'overNone', above: 0 }],
    },
  },
  {
    figure: 'fig8',
    statement: 'A larger α regularizes more up to about 0.1; beyond, the weights’ variance undoes it.',
    measure: (study) => fixedAlphaNumbers(study)?.kls,
    criterion: {
      holds: [
        { of: 'least', above: 0.04, below: 0.25 },
        { of: 'underNone', above: 0 },
        { of: 'underLargest', above: 0 },
      ],
      inPart: [{ of: 'underNone', above: 0 }],
    },
  },
  {
    figure: 'fig8',
    statement: 'With α above 0, however large, the win rate does not fall as training goes on.',
    measure: (study) => fixedAlphaNumbers(study)?.falls,
    criterion: {
      holds: [{ of: 'worst', below: negligible }],
      inPart: [{ of: 'smallest', below: negligible }],
    },
  },
  {
    figure: 'fig8',
    statement: 'The adaptive α = 1/|y| wins at least as often as the best fixed α, without a search.',
    measure: (study) => fixedAlphaNumbers(study)?.adaptive,
    criterion: {
      holds: [{ of: 'overBest', above: -0.02 }],
      inPart: [
        { of: 'overBest', above: -negligible },
        { of: 'overNone', above: 0 },
      ],
    },
  },
  {
    figure: 'fig9',
    statement:
      'With α = 1/√|y| the best win rate is lower than that of DPO and of AIS-DPO, and the KL is the lowest.',
    measure: (study) => {
      const root = findSweep(study, { objective: 'dpo', importance: 'square-root' });
      const found = withAndWithout(study, 'dpo');
      if (!root || !found) return undefined;
      const plainShare = klShare(root, found.plain);
      const adaptiveShare = klShare(root, found.adaptive);
      if (!plainShare || !adaptiveShare) return undefined;
      return {
        plain: differenceOfBest(root, found.plain).rate,
        adaptive: differenceOfBest(root, found.adaptive).rate,
        plainShare,
        adaptiveShare,
      };
    },
    criterion: {
      holds: [
        { of: 'plain', below: 0 },
        { of: 'adaptive', below: 0 },
        { of: 'plainShare', below: 1 },
        { of: 'adaptiveShare', below: 1 },
      ],
      inPart: [
        { of: 'adaptive', below: 0 },
        { of: 'adaptiveShare', below: 1 },
      ],
    },
  },
  {
    figure: 'fig10',
    statement: 'Training is stable at every α: no loss rises again by much.',
    measure: (study) => trainingNumbers(study)?.stability,
    criterion: { holds: [{ of: 'rise', below: 0.1 }], inPart: [{ of: 'rise', below: 0.25 }] },
  },
  {
    figure: 'fig10',
    statement: 'The larger α, the faster the training loss converges.',
    measure: (study) => trainingNumbers(study)?.speed,
    criterion: {
      holds: [
        { of: 'pair', above: 0 },
        { of: 'weighted', above: 0 },
      ],
      inPart: [{ of: 'weighted', above: 0 }],
    },
  },
  {
    figure: 'fig11',
    statement:
      'On D1, whose pairs the SFT model sampled, AIS-DPO and DPO win about as often, at about the same KL.',
    measure: (study) => {
      const found = withAndWithout(study, 'dpo', 'D1');
      const share = found && klShare(found.adaptive, found.plain);
      return share && { end: differenceAtEnd(found.adaptive, found.plain), share };
    },
    criterion: {
      holds: [
        { of: 'end', above: -negligible, below: negligible },
        { of: 'share', above: 0.8, below: 1.25 },
      ],
      inPart: [{ of: 'end', above: -negligible, below: negligible }],
    },
  },
  {
    figure: 'fig11',
    statement: 'On the shifted data D2 and D3, AIS-DPO wins more often than DPO, with less KL.',
    measure: (study) => {
      const shifted = withAndWithout(study, 'dpo', 'D2');
      const far = withAndWithout(study, 'dpo', 'D3');
      const share = shifted && klShare(shifted.adaptive, shifted.plain);
      const farShare = far && klShare(far.adaptive, far.plain);
      if (!share || !farShare) return undefined;
      return {
        D2: differenceAtEnd(shifted.adaptive, shifted.plain),
        D3: differenceAtEnd(far.adaptive, far.plain),
        share,
        farShare,
      };
    },
    criterion: {
      holds: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
        { of: 'share', below: 1 },
        { of: 'farShare', below: 1 },
      ],
      inPart: [
        { of: 'D2', above: 0 },
        { of: 'D3', above: 0 },
      ],
    },
  },
  {
    figure: 'fig12',
    statement: 'At the same KL, AIS-DPO wins more often than RPO and than DPO.',
    measure: (study) => {
      const rpo = findSweep(study, { objective: 'rpo' });
      const found = withAndWithout(study, 'dpo');
      if (!rpo || !found) return undefined;
      return bothAtEqualKl([found.adaptive, rpo], [found.adaptive, found.plain]);
    },
    criterion: {
      holds: [
        { of: 'first', above: 0 },
        { of: 'second', above: 0 },
      ],
      inPart: [
        { of: 'first', above: 0 },
        { of: 'second', above: 0 },
      ],
    },
  },
  {
    figure: 'fig12',
    statement: 'At the same KL, RPO wins more often than DPO.',
    measure: (study) => {
      const rpo = findSweep(study, { objective: 'rpo' });
      const plain = findSweep(study, { objective: 'dpo', importance: 'none' });
      const difference = rpo && plain && differenceAtEqualKl(rpo, plain);
      return (
        difference && {
          difference,
          ...differencesBefore(rpo, plain),
          best: differenceOfBest(rpo, plain).rate,
        }
      );
    },
    criterion: { holds: [{ of: 'difference', above: 0 }], inPart: [{ of: 'best', above: 0 }] },
  },
  {
    figure: 'weights',
    statement:
      'At the end of training, the adaptive weights still use more than half of the pairs effectively.',
    measure: (study) => weightNumbers(study),
    criterion: { holds: [{ of: 'effective', above: 0.5 }], inPart: [{ of: 'effective', above: 0.2 }] },
  },
  ...(Object.keys(alternativeNames) as Alternative[]).map(
    (alternative): ClaimRule<PolicyStudyData> => ({
      figure: 'alternatives',
      statement: `At the same KL, AIS-DPO wins more often than ${alternativeNames[alternative]}.`,
      measure: (study) => {
        const other = findAlternative(study, alternative);
        const found = withAndWithout(study, 'dpo');
        const difference = other && found && differenceAtEqualKl(found.adaptive, other);
        return (
          difference && {
            difference,
            ...differencesBefore(found.adaptive, other),
            best: differenceOfBest(found.adaptive, other).rate,
          }
        );
      },
      criterion: { holds: [{ of: 'difference', above: 0 }], inPart: [{ of: 'best', above: 0 }] },
    }),
  ),
  ...(['D2', 'D3'] as const).map(
    (data: PreferenceData): ClaimRule<PolicyStudyData> => ({
      figure: 'behavior',
      statement: `On ${data}, weights that know the policy that wrote the pairs win more than weights by the SFT model.`,
      measure: (study) => {
        const found = withAndWithout(study, 'dpo', data);
        const informed = findSweep(study, {
          objective: 'dpo',
          importance: 'adaptive',
          behavior: true,
          data,
        });
        if (!found || !informed) return undefined;
        return {
          end: differenceAtEnd(informed, found.adaptive),
          plain: differenceAtEnd(informed, found.plain),
        };
      },
      criterion: { holds: [{ of: 'end', above: 0 }], inPart: [{ of: 'plain', above: 0 }] },
    }),
  ),
];

function bothAtEqualKl(
  one: readonly [StudySweep, StudySweep],
  other: readonly [StudySweep, StudySweep],
): Numbers | undefined {
  const first = differenceAtEqualKl(...one);
  const second = differenceAtEqualKl(...other);
  return first && second && { first, second, ...differencesBefore(...one), ...differencesBefore(...other) };
}

/** One draw of a random number, whose spread is not known. */
function drawn(name: string, value: number): MeasuredNumber {
  return { ...exactly(name, 'number', value), covers: 'nothing' };
}
