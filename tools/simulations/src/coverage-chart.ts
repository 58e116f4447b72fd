import { Error as ErrorLevel, parse, View } from 'vega';
import { compile } from 'vega-lite';
import type { Coverage } from './coverage.js';

/** Coverage by number of seeds, one line for each spread, as an SVG. */
export async function drawCoverage(rows: readonly Coverage[]): Promise<string> {
  const { spec } = compile({
    background: 'white',
    padding: 12,
    width: 460,
    height: 260,
    layer: [
      {
        data: { values: [{ y: 0.93, y2: 0.97 }] },
        mark: { type: 'rect', color: '#d9e2ec', opacity: 0.7 },
        encoding: { y: { field: 'y', type: 'quantitative' }, y2: { field: 'y2' } },
      },
      {
        data: { values: [...rows] },
        mark: { type: 'line', point: true },
        encoding: {
          x: { field: 'seeds', type: 'ordinal', title: 'seeds', axis: { labelAngle: 0 } },
          y: {
            field: 'covered',
            type: 'quantitative',
            title: 'share of intervals that hold the truth',
            scale: { domain: [0.9, 1], clamp: true },
            axis: { format: '.0%' },
          },
          color: { field: 'spread', type: 'nominal', title: 'spread' },
          strokeDash: { field: 'spread', type: 'nominal', title: 'spread' },
        },
      },
    ],
  });
  const view = new View(parse(spec), { renderer: 'none', logLevel: ErrorLevel });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
