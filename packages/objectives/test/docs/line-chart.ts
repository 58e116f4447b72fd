import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** A named line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** One of the charts that stand above one another on a common x axis. */
export interface Panel {
  readonly yTitle: string;
  readonly height: number;
  readonly lines: readonly Line[];
}

export interface LineChartOptions {
  readonly title?: string;
  readonly xTitle: string;
  readonly xScale?: 'linear' | 'log';
  readonly panels: readonly Panel[];
}

// Okabe and Ito's palette, told apart by color-blind readers and in print.
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** A line chart as an SVG with a white ground, readable in a dark page too. */
export async function lineChart({
  title,
  xTitle,
  xScale = 'linear',
  panels,
}: LineChartOptions): Promise<string> {
  const specification: TopLevelSpec = {
    background: 'white',
    padding: 8,
    spacing: 12,
    ...(title
      ? { title: { text: title.split('\n'), fontSize: 12, fontWeight: 'normal', anchor: 'start' } }
      : {}),
    resolve: { scale: { color: 'independent' } },
    vconcat: panels.map((panel, index) => layer(panel, index === panels.length - 1 ? xTitle : null, xScale)),
  };
  const view = new vega.View(vega.parse(compile(specification).spec), { renderer: 'none' });
  // Otherwise the ids of a picture depend on how many were drawn before it.
  vega.resetSVGDefIds();
  const svg = await view.toSVG();
  view.finalize();
  // Tenths of a pixel: the last digits of a float differ between back ends.
  const tenths = (text: string): string =>
    text.replace(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
  return `${svg.replace(/ (d|transform|x2|y2)="[^"]*"/g, tenths)}\n`;
}

function layer({ yTitle, height, lines }: Panel, xTitle: string | null, xScale: 'linear' | 'log') {
  const names = lines.map(({ name }) => name);
  return {
    width: 440,
    height,
    data: {
      values: lines.flatMap(({ name, points }) =>
        points.map(({ x, y }) => ({ x: rounded(x), y: rounded(y), name })),
      ),
    },
    mark: { type: 'line', strokeWidth: 2, clip: true, aria: false },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        title: xTitle,
        scale:
          xScale === 'log' ? ({ type: 'log', base: 2, nice: false } as const) : { zero: false, nice: false },
        axis: { titleFontWeight: 'normal' },
      },
      y: {
        field: 'y',
        type: 'quantitative',
        title: yTitle,
        scale: { zero: false },
        axis: { titleFontWeight: 'normal', tickCount: 5 },
      },
      color: {
        field: 'name',
        type: 'nominal',
        title: null,
        sort: null,
        scale: { domain: names, range: colors.slice(0, names.length) },
        legend:
          names.length > 1
            ? { orient: 'top', symbolStrokeWidth: 2, ...(names.length > 4 && { columns: 4 }) }
            : null,
      },
    },
  } as const;
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
