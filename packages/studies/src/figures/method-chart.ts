import type { TopLevelSpec } from 'vega-lite';
import { dashes, shapes, type Theme } from './theme.js';

/** One drawn point of a method. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of its vertical interval. */
  readonly low: number;
  readonly high: number;
  /** Whether it is the end of the epoch, drawn larger. */
  readonly end: boolean;
  /** What hovering shows. */
  readonly description: string;
}

export interface MethodChart {
  /** The chart's title where it stands alone. */
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /** Formats of the axes' numbers, in d3-format's language. */
  readonly xFormat: string;
  readonly yFormat: string;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly methods: readonly { readonly name: string; readonly points: readonly ChartPoint[] }[];
  /** A horizontal line with its name. */
  readonly level?: { readonly y: number; readonly name: string; readonly description: string };
  /** Intervals as a band along the line, or as a bar at each point. */
  readonly interval: 'band' | 'bars';
  /** What the chart shows, in words. */
  readonly description: string;
}

export interface ChartSize {
  readonly width: number;
  readonly height: number;
  /** Whether the chart carries its title and the vertical axis' name; the page around it does so where not. */
  readonly titled: boolean;
}

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];
type Encoding = NonNullable<Extract<Layer, { mark: unknown }>['encoding']>;
type Defined<Channel extends keyof Encoding> = NonNullable<Encoding[Channel]>;

/** The Vega-Lite specification of curves by method: each with its own color, dash and mark. */
export function methodChartSpec(chart: MethodChart, theme: Theme, size: ChartSize): TopLevelSpec {
  const names = chart.methods.map(({ name }) => name);
  const narrow = size.width < 400;
  const rows = chart.methods.flatMap(({ name, points }) =>
    points.map((point, order) => ({ method: name, order, ...point })),
  );

  const x: Defined<'x'> = {
    field: 'x',
    type: 'quantitative',
    scale: { domain: [...chart.xDomain], nice: false, zero: false },
    axis: { title: chart.xTitle, format: chart.xFormat, tickCount: narrow ? 5 : 8 },
  };
  const vertical = (field: string): Defined<'y'> => ({
    field,
    type: 'quantitative',
    scale: { domain: [...chart.yDomain], nice: false, zero: false },
    axis: { title: null, format: chart.yFormat, tickCount: 6 },
  });
  // One legend for color and shape together; Vega-Lite merges the legends of equal fields and titles.
  const legend = {
    title: null,
    orient: 'top' as const,
    columns: narrow ? 2 : 4,
    symbolOpacity: 1,
    symbolStrokeWidth: 0,
  };
  const color: Defined<'color'> = {
    field: 'method',
    type: 'nominal',
    scale: { domain: names, range: names.map((_, index) => at(theme.series, index)) },
    legend,
  };

  const layer: Layer[] = [];
  if (chart.level) {
    const data = { values: [{ ...chart.level }] };
    layer.push(
      {
        data,
        mark: { type: 'rule', aria: false, strokeDash: [1, 4], strokeWidth: 1.5, strokeCap: 'round' },
        encoding: { y: vertical('y') },
      },
      {
        data,
        mark: { type: 'text', aria: false, align: 'right', baseline: 'bottom', dy: -3 },
        encoding: { x: { value: 'width' }, y: vertical('y'), text: { field: 'name', type: 'nominal' } },
      },
    );
  }
  layer.push(
    {
      mark:
        chart.interval === 'band'
          ? { type: 'area', aria: false, opacity: 0.16, line: false }
          : { type: 'rule', aria: false, strokeWidth: 1.4, opacity: 0.4 },
      encoding: { x, y: vertical('low'), y2: { field: 'high' }, color },
    },
    {
      mark: { type: 'line', aria: false, strokeWidth: 2.2, strokeJoin: 'round' },
      encoding: {
        x,
        y: vertical('y'),
        color,
        strokeDash: {
          field: 'method',
          type: 'nominal',
          scale: { domain: names, range: names.map((_, index) => [...at(dashes, index)]) },
          legend,
        },
        order: { field: 'order', type: 'quantitative' },
      },
    },
    {
      mark: {
        type: 'point',
        aria: false,
        filled: true,
        opacity: 1,
        stroke: theme.background,
        strokeWidth: 1,
      },
      encoding: {
        x,
        y: vertical('y'),
        color,
        shape: {
          field: 'method',
          type: 'nominal',
          scale: { domain: names, range: names.map((_, index) => at(shapes, index)) },
          legend,
        },
        size: {
          field: 'end',
          type: 'ordinal',
          scale: { domain: [false, true], range: [55, 150] },
          legend: null,
        },
      },
    },
    // What is hovered: larger than the marks, and invisible.
    {
      mark: { type: 'point', filled: true, opacity: 0, size: 500, shape: 'circle' },
      encoding: {
        x,
        y: vertical('y'),
        color,
        description: { field: 'description', type: 'nominal' },
      },
    },
  );

  return {
    width: size.width,
    height: size.height,
    autosize: { type: 'fit', contains: 'padding' },
    padding: { left: 4, right: 10, top: 4, bottom: 4 },
    ...(size.titled
      ? {
          title: {
            text: chart.title,
            subtitle: chart.yTitle,
            fontSize: 15,
            fontWeight: 600,
            subtitleFontSize: 12,
          },
        }
      : {}),
    data: { values: rows },
    layer,
  };
}

function at<Value>(values: readonly [Value, ...Value[]], index: number): Value {
  return values[index % values.length] ?? values[0];
}
