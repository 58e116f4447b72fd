import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** A named line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly dashed?: boolean;
}

export interface LineChartOptions {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly lines: readonly Line[];
  readonly logarithmic?: { readonly x?: boolean; readonly y?: boolean };
}

// Okabe and Ito's palette, told apart by color-blind readers and in print.
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];

/** A line chart as an SVG with a white ground, readable in a dark page too. */
export async function lineChart(options: LineChartOptions): Promise<string> {
  const { xTitle, yTitle, lines, logarithmic = {} } = options;
  const specification: TopLevelSpec = {
    background: 'white',
    width: 440,
    height: 230,
    padding: 8,
    data: {
      values: lines.flatMap(({ name, points, dashed }) =>
        points.map(({ x, y }) => ({ x: rounded(x), y: rounded(y), name, dash: dashed ? 'dashed' : 'solid' })),
      ),
    },
    mark: { type: 'line', strokeWidth: 2, clip: true, aria: false },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: xTitle,
        scale: { type: logarithmic.x ? 'log' : 'linear', zero: false, nice: false },
        axis: { titleFontWeight: 'normal' },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: yTitle || null,
        scale: { type: logarithmic.y ? 'log' : 'linear', zero: false },
        axis: { titleFontWeight: 'normal', tickCount: 6 },
      },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        sort: null,
        scale: { domain: lines.map(({ name }) => name), range: colors.slice(0, lines.length) },
        legend: { orient: 'top', symbolStrokeWidth: 2 },
      },
      strokeDash: {
        field: 'dash',
        type: 'nominal',
        legend: null,
        scale: {
          domain: ['solid', 'dashed'],
          range: [
            [1, 0],
            [5, 3],
          ],
        },
      },
    },
  };
  const view = new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  // Tenths of a pixel: the last digits of a float differ between back ends.
  const tenths = (text: string): string =>
    text.replace(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
  return `${svg.replace(/ (d|transform|x2|y2)="[^"]*"/g, tenths)}\n`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
