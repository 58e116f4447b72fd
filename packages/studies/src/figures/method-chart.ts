import type { TopLevelSpec } from 'vega-lite';
import { dashes, shapes, type Theme } from './theme.js';

/** One drawn point of a method. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of its vertical interval. */
  readonly low: number;
  readonly high: number;
  /** Ends of its horizontal interval, where it has one. */
  readonly xLow?: number;
  readonly xHigh?: number;
  /** Whether it is the end of training, drawn larger. */
  readonly end: boolean;
  /** What hovering shows. */
  readonly description: string;
}

/** What is drawn in one color, dash and mark. */
export interface ChartMethod {
  readonly name: string;
  /** Which color, dash and mark; its place among the methods by default. */
  readonly position?: number;
  readonly points: readonly ChartPoint[];
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
  /** Linear by default. */
  readonly xScale?: 'linear' | 'log';
  readonly yScale?: 'linear' | 'log';
  /** Names of the positions 0, 1, … on an axis, instead of numbers; one can have several lines. */
  readonly xLabels?: readonly string[];
  readonly yLabels?: readonly string[];
  readonly methods: readonly ChartMethod[];
  /** A horizontal line with its name. */
  readonly level?: { readonly y: number; readonly name: string; readonly description: string };
  /** A vertical line, such as no difference. */
  readonly upright?: number;
  /** How points are joined: straight by default; a frontier holds its level until a better point comes. */
  readonly line?: 'straight' | 'steps' | 'none';
  /** Whether every point has a mark, the end of training only, or none has; every one by default. */
  readonly marks?: 'all' | 'small' | 'end' | 'none';
  /** Intervals as a band along the line, or as a bar at each point. */
  readonly interval: 'band' | 'bars' | 'none';
  /** What the chart shows, in words. */
  readonly description: string;
}

export interface ChartSize {
  readonly width: number;
  readonly height: number;
  /** Whether the chart carries its title and the vertical axis' name; the page around it does so where not. */
  readonly titled: boolean;
  /** Whether the chart explains its colors, dashes and marks; true by default. */
  readonly legend?: boolean;
}

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];
type Encoding = NonNullable<Extract<Layer, { mark: unknown }>['encoding']>;
type Defined<Channel extends keyof Encoding> = NonNullable<Encoding[Channel]>;

/**
 * The Vega-Lite specification of curves by method: each with its own color, dash and mark.
 *
 * Everything of one method is drawn in layers of its own, whose names begin with `method_` and its position; they become
 * classes in the picture, by which a page hides the method.
 */
export function methodChartSpec(chart: MethodChart, theme: Theme, size: ChartSize): TopLevelSpec {
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
    layer: layersOf(chart, theme, channelsOf(chart, theme, size)),
  };
}

/** How the layers' values become places, colors, dashes, and marks. */
interface Channels {
  readonly x: Defined<'x'>;
  readonly vertical: (field: string) => Defined<'y'>;
  readonly color: Defined<'color'>;
  readonly strokeDash: Defined<'strokeDash'>;
  readonly shape: Defined<'shape'>;
  readonly order: Defined<'order'>;
}

function channelsOf(chart: MethodChart, theme: Theme, size: ChartSize): Channels {
  const names = chart.methods.map(({ name }) => name);
  const positions = positionsOf(chart);
  const narrow = size.width < 400;

  const axis = (labels: readonly string[] | undefined, format: string, tickCount: number) =>
    labels
      ? {
          values: labels.map((_, index) => index),
          labelExpr: `split(${JSON.stringify(labels)}[datum.value], '\\n')`,
          labelLimit: narrow ? 130 : 220,
          // Empty labels leave room for those beside them.
          labelOverlap: 'greedy' as const,
        }
      : { format, tickCount };
  const powers = (type: MethodChart['xScale'], [low, high]: readonly [number, number]) =>
    type === 'log' && high / low > 100 ? { values: powersOfTen(low, high) } : {};
  const x: Defined<'x'> = {
    field: 'x',
    type: 'quantitative',
    scale: scaleOf(chart.xScale, chart.xDomain),
    axis: {
      title: chart.xTitle,
      ...axis(chart.xLabels, chart.xFormat, narrow ? 5 : 8),
      ...powers(chart.xScale, chart.xDomain),
    },
  };
  const vertical = (field: string): Defined<'y'> => ({
    field,
    type: 'quantitative',
    scale: scaleOf(chart.yScale, chart.yDomain),
    axis: {
      title: null,
      ...axis(chart.yLabels, chart.yFormat, 6),
      ...powers(chart.yScale, chart.yDomain),
    },
  });
  // One legend for color and shape together; Vega-Lite merges the legends of equal fields and titles.
  const longest = Math.max(0, ...names.map(({ length }) => length));
  const columns = Math.max(1, Math.floor((size.width - 60) / (36 + 7.2 * longest)));
  const legend =
    size.legend === false
      ? null
      : {
          title: null,
          orient: 'top' as const,
          columns: Math.min(columns, narrow ? 2 : 4),
          labelLimit: size.width - 80,
          symbolOpacity: 1,
          symbolStrokeWidth: 0,
        };
  const color: Defined<'color'> = {
    field: 'method',
    type: 'nominal',
    scale: { domain: names, range: positions.map((position) => at(theme.series, position)) },
    legend,
  };
  const strokeDash: Defined<'strokeDash'> = {
    field: 'method',
    type: 'nominal',
    scale: { domain: names, range: positions.map((position) => [...at(dashes, position)]) },
    legend,
  };
  const shape: Defined<'shape'> = {
    field: 'method',
    type: 'nominal',
    scale: { domain: names, range: positions.map((position) => at(shapes, position)) },
    legend,
  };
  const order: Defined<'order'> = { field: 'order', type: 'quantitative' };
  return { x, vertical, color, strokeDash, shape, order };
}

/** The lines that the methods are read against, and then each part of a method in a layer of its own. */
function layersOf(
  chart: MethodChart,
  theme: Theme,
  { x, vertical, color, strokeDash, shape, order }: Channels,
): Layer[] {
  const { line = 'straight', marks = 'all' } = chart;
  const positions = positionsOf(chart);
  const interpolate = line === 'steps' ? ({ interpolate: 'step-after' } as const) : {};
  const layer: Layer[] = [];
  if (chart.upright !== undefined) {
    layer.push({
      data: { values: [{ x: chart.upright }] },
      mark: { type: 'rule', aria: false, strokeDash: [1, 4], strokeWidth: 1.5, strokeCap: 'round' },
      encoding: { x },
    });
  }
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
  const perMethod = (
    part: string,
    draw: () => Layer,
    keep: (point: ChartPoint) => boolean = () => true,
  ): void => {
    for (const [index, { name, points }] of chart.methods.entries()) {
      const values = points.flatMap((point, place) =>
        keep(point) ? [{ method: name, order: place, ...point }] : [],
      );
      if (values.length === 0) continue;
      layer.push({
        name: `method_${positions[index] ?? index}_${part}_${index}`,
        data: { values },
        ...draw(),
      });
    }
  };
  if (chart.interval === 'band') {
    perMethod('band', () => ({
      mark: { type: 'area', aria: false, opacity: 0.16, line: false, ...interpolate },
      encoding: { x, y: vertical('low'), y2: { field: 'high' }, color },
    }));
  } else if (chart.interval === 'bars') {
    perMethod('bars', () => ({
      mark: { type: 'rule', aria: false, strokeWidth: 1.4, opacity: 0.4 },
      encoding: { x, y: vertical('low'), y2: { field: 'high' }, color },
    }));
  }
  perMethod(
    'across',
    () => ({
      mark: { type: 'rule', aria: false, strokeWidth: 1.4, opacity: 0.4 },
      encoding: { x: { ...x, field: 'xLow' }, x2: { field: 'xHigh' }, y: vertical('y'), color },
    }),
    ({ xLow, xHigh }) => xLow !== undefined && xHigh !== undefined,
  );
  if (line !== 'none') {
    perMethod('line', () => ({
      mark: { type: 'line', aria: false, strokeWidth: 2.2, strokeJoin: 'round', ...interpolate },
      encoding: { x, y: vertical('y'), color, strokeDash, order },
    }));
  }
  if (marks !== 'none') {
    perMethod(
      'marks',
      () => ({
        mark: {
          type: 'point',
          aria: false,
          filled: true,
          opacity: 1,
          stroke: theme.background,
          strokeWidth: marks === 'small' ? 0 : 1,
        },
        encoding: {
          x,
          y: vertical('y'),
          color,
          shape,
          size:
            marks === 'small'
              ? { value: 18 }
              : {
                  field: 'end',
                  type: 'ordinal',
                  scale: { domain: [false, true], range: [55, 150] },
                  legend: null,
                },
        },
      }),
      ({ end }) => marks !== 'end' || end,
    );
  }
  // What is hovered: larger than the marks, and invisible.
  perMethod(
    'values',
    () => ({
      mark: { type: 'point', filled: true, opacity: 0, size: 500, shape: 'circle' },
      encoding: {
        x,
        y: vertical('y'),
        color,
        description: { field: 'description', type: 'nominal' },
      },
    }),
    ({ description }) => description !== '',
  );
  return layer;
}

/** Which color, dash and mark each method has. */
function positionsOf({ methods }: MethodChart): number[] {
  return methods.map(({ position }, index) => position ?? index);
}

/** A scale of exactly this domain. */
function scaleOf(type: 'linear' | 'log' = 'linear', domain: readonly [number, number]) {
  return { type, domain: [...domain], nice: false, ...(type === 'linear' && { zero: false }) };
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low));
  const last = Math.floor(Math.log10(high));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function at<Value>(values: readonly [Value, ...Value[]], index: number): Value {
  return values[index % values.length] ?? values[0];
}
