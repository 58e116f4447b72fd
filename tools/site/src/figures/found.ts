import { color, dot, drawing, path, scale, text } from './drawing.js';

/** A claim of a study, as claims.json has it. */
export interface MeasuredClaim {
  readonly statement: string;
  readonly verdict: string;
  readonly measured: readonly {
    readonly name: string;
    readonly value: number;
    readonly interval: { readonly low: number; readonly high: number };
  }[];
}

/** The rows of the picture: what is written, and the claim whose number it is. */
const rows: readonly (readonly [label: string, statement: string])[] = [
  ['4 tokens', 'With responses of 4 tokens, AIS wins more often than DPO at the same KL.'],
  ['5 tokens', 'At the same KL, reached by the choice of β, AIS wins more often than DPO.'],
  ['6 tokens', 'With responses of 6 tokens, AIS wins more often than DPO at the same KL.'],
  ['8 tokens', 'With responses of 8 tokens, AIS wins more often than DPO at the same KL.'],
  ['10 tokens', 'With responses of 10 tokens, AIS wins more often than DPO at the same KL.'],
  [
    '5, sees one token back',
    'Where the policy sees one token back, AIS wins more often than DPO at the same KL.',
  ],
  [
    '5, sees everything',
    'Where the policy sees all that it has written, AIS and DPO win as often at the same KL, within 2 points.',
  ],
  [
    '5, a quarter of labels wrong',
    'With a quarter of the labels turned around, AIS wins more often than DPO at the same KL.',
  ],
  ['5, only 60 pairs', 'With 60 pairs, AIS wins more often than DPO at the same KL.'],
  [
    '5, pairs of a better policy',
    'On shifted pairs of an unknown policy, AIS wins more often than DPO at the same KL.',
  ],
];

const MEASURE = 'α = 1/T less DPO, win rate at equal KL over β';

/** What the exact study measured: the win rate of AIS less that of DPO at equal KL, with 95 % intervals. */
export function foundFigure(claims: readonly MeasuredClaim[]): string {
  const x = scale([-2, 11], [196, 466]);
  const bottom = 36 + rows.length * 24;
  return drawing(
    bottom + 50,
    'The win rate of AIS less that of DPO at the same KL, in ten worlds that can be enumerated, with intervals.',
    [
      ...[0, 2, 4, 6, 8, 10].flatMap((value) => [
        path(
          [
            [x(value), 30],
            [x(value), bottom],
          ],
          value === 0 ? color.muted : color.line,
          { width: value === 0 ? 1.5 : 0.75 },
        ),
        text([x(value), bottom + 18], value === 0 ? '0' : `+${value}`, {
          anchor: 'middle',
          size: 12,
          fill: color.muted,
        }),
      ]),
      text([x(4.5), bottom + 38], 'points more than DPO, at the same KL', {
        anchor: 'middle',
        size: 12,
        fill: color.muted,
      }),
      text([x(10), 20], 'claimed', { anchor: 'middle', size: 12, fill: color.plain }),
      path(
        [
          [x(10), 26],
          [x(10), bottom],
        ],
        color.plain,
        { dashed: true },
      ),
      ...rows.flatMap(([label, statement], index) => {
        const measured = claims
          .find((claim) => claim.statement === statement)
          ?.measured.find(({ name }) => name.endsWith(MEASURE));
        if (measured === undefined)
          throw new Error(`The exact study has no claim "${statement}" with the measure "${MEASURE}".`);
        const { value, interval } = measured;
        const y = 48 + index * 24;
        const fill = interval.low > 0 ? color.weighted : color.muted;
        return [
          text([186, y + 4], label, { anchor: 'end', size: 12 }),
          path(
            [
              [x(interval.low * 100), y],
              [x(interval.high * 100), y],
            ],
            fill,
          ),
          dot([x(value * 100), y], fill),
        ];
      }),
    ],
  );
}
