import { color, dot, drawing, type Point, path, scale, text } from './drawing.js';

/** One run of the search for a learning rate, as docs/results/search/search.json has it. */
export interface SearchedRate {
  readonly learningRate: number;
  readonly start: number;
  readonly peak: number;
  readonly end: number;
  readonly squareRootKl: number;
}

/** Win rates at the best and at the end of DPO runs that went further and further, each rate's mean over its seeds. */
export function tooFarFigure(searched: readonly SearchedRate[]): string {
  const rates = meansByRate(searched);
  const x = scale([0, 3], [52, 462]);
  const y = scale([0, 0.7], [232, 24]);
  const ends = rates.map(({ squareRootKl, end }): Point => [x(squareRootKl), y(end)]);
  const [{ start } = { start: 0 }] = rates;
  return drawing(
    290,
    'The further runs went from their start, the more their answers won at first, and far fewer in the end.',
    [
      ...[0, 0.2, 0.4, 0.6].flatMap((value) => [
        path(
          [
            [52, y(value)],
            [462, y(value)],
          ],
          color.line,
          { width: 0.75 },
        ),
        text([46, y(value) + 4], `${Math.round(value * 100)} %`, {
          anchor: 'end',
          size: 12,
          fill: color.muted,
        }),
      ]),
      ...[0, 1, 2, 3].map((value) =>
        text([x(value), 250], String(value), { anchor: 'middle', size: 12, fill: color.muted }),
      ),
      text([257, 272], '√KL: how far training went from its start', {
        anchor: 'middle',
        size: 12,
        fill: color.muted,
      }),
      text([52, 14], 'answers that the judge prefers to the reference', { size: 12, fill: color.muted }),
      path(
        [
          [x(0), y(start)],
          [x(3), y(start)],
        ],
        color.muted,
        { dashed: true, width: 1.5 },
      ),
      text([x(0.62), y(start) + 16], 'before training', { size: 12, fill: color.muted }),
      path([[x(0), y(start)], ...ends], color.plain),
      ...rates.flatMap(({ squareRootKl, peak, end }) => [
        path(
          [
            [x(squareRootKl), y(peak)],
            [x(squareRootKl), y(end)],
          ],
          color.plain,
          { dashed: true, width: 1 },
        ),
        dot([x(squareRootKl), y(peak)], color.weighted, true),
        dot([x(squareRootKl), y(end)], color.plain),
      ]),
      dot([x(0.2), 182], color.weighted, true),
      text([x(0.2) + 12, 186], 'best on the way', { size: 12 }),
      dot([x(0.2), 202], color.plain),
      text([x(0.2) + 12, 206], 'at the end', { size: 12 }),
    ],
  );
}

function meansByRate(searched: readonly SearchedRate[]): SearchedRate[] {
  return [...new Set(searched.map(({ learningRate }) => learningRate))].map((learningRate) => {
    const runs = searched.filter((run) => run.learningRate === learningRate);
    const mean = (key: keyof SearchedRate): number =>
      runs.reduce((sum, run) => sum + run[key], 0) / runs.length;
    return {
      learningRate,
      squareRootKl: mean('squareRootKl'),
      start: mean('start'),
      peak: mean('peak'),
      end: mean('end'),
    };
  });
}
