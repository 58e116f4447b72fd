import { scaleLinear, scaleLog } from 'd3-scale';
import { drawn, element } from './element.js';
import { inDigits } from './numbers.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One curve or cloud of a chart. */
export interface Series {
  readonly name: string;
  /** Its color and its dashes, from 1. */
  readonly style: number;
  readonly points: readonly Point[];
  /** A line by default; `trail` is a line whose points show, the last one larger. */
  readonly as?: 'line' | 'points' | 'trail';
}

export interface Axis {
  readonly label: string;
  readonly scale?: 'linear' | 'log';
  /** From the points by default. */
  readonly domain?: readonly [number, number];
  readonly format?: (value: number) => string;
}

export interface ChartOptions {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

export interface Drawing {
  readonly series: readonly Series[];
  /** What the chart shows, in a sentence, for who does not see it. */
  readonly description: string;
  /** Lines across the chart. */
  readonly at?: { readonly x?: number; readonly y?: number };
}

export interface Chart {
  readonly element: HTMLElement;
  draw(drawing: Drawing): void;
}

// A phone's width, so that letters are of readable size there.
const [WIDTH, HEIGHT] = [360, 240];
const MARGIN = { top: 8, right: 12, bottom: 40, left: 50 };

/** A chart of a page, drawn as SVG, with its legend. */
export function chart({ title, x, y }: ChartOptions): Chart {
  const picture = drawn('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', class: 'live-picture' });
  const legend = element('ul', { class: 'live-legend' });
  const figure = element(
    'figure',
    { class: 'live-chart' },
    element('figcaption', {}, title),
    picture,
    legend,
  );
  return {
    element: figure,
    draw({ series, description, at = {} }) {
      const points = series.flatMap((own) => own.points.filter((point) => canShow(point, x, y)));
      const across = scaleOf(
        x,
        points.map((point) => point.x),
        [MARGIN.left, WIDTH - MARGIN.right],
      );
      const up = scaleOf(
        y,
        points.map((point) => point.y),
        [HEIGHT - MARGIN.bottom, MARGIN.top],
      );
      picture.setAttribute('aria-label', `${title}. ${description}`);
      picture.replaceChildren(
        ...axes(x, y, across, up),
        ...(at.x === undefined
          ? []
          : [line('live-at', across(at.x), MARGIN.top, across(at.x), HEIGHT - MARGIN.bottom)]),
        ...(at.y === undefined
          ? []
          : [line('live-at', MARGIN.left, up(at.y), WIDTH - MARGIN.right, up(at.y))]),
        ...series.map((own) => drawSeries(own, x, y, across, up)),
      );
      legend.replaceChildren(
        ...series.map(({ name, style, as }) =>
          element('li', {}, swatch(style, as), document.createTextNode(name)),
        ),
      );
    },
  };
}

type Scale = ((value: number) => number) & { ticks(count?: number): number[] };

function scaleOf({ scale, domain }: Axis, values: readonly number[], range: [number, number]): Scale {
  const [low, high] = domain ?? extent(values, scale === 'log');
  if (scale === 'log') return scaleLog([low, high], range).clamp(true);
  const linear = scaleLinear([low, high], range).clamp(true);
  return domain ? linear : linear.nice(5);
}

function extent(values: readonly number[], above0: boolean): [number, number] {
  if (values.length === 0) return above0 ? [0.1, 1] : [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low < high) return [low, high];
  return above0 ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}

const canShow = (point: Point, x: Axis, y: Axis): boolean =>
  [
    [point.x, x],
    [point.y, y],
  ].every(
    ([value, axis]) => Number.isFinite(value) && ((axis as Axis).scale !== 'log' || (value as number) > 0),
  );

function drawSeries(
  { points, style, as = 'line' }: Series,
  x: Axis,
  y: Axis,
  across: Scale,
  up: Scale,
): SVGElement {
  const places = points
    .filter((point) => canShow(point, x, y))
    .map((point): [number, number] => [across(point.x), up(point.y)]);
  const group = drawn('g', { class: `live-series live-style-${style}` });
  if (as !== 'points')
    group.append(drawn('polyline', { points: places.map((place) => place.join()).join(' ') }));
  if (as !== 'line') {
    for (const [index, [cx, cy]] of places.entries()) {
      const last = as === 'trail' && index === places.length - 1;
      group.append(drawn('circle', { cx, cy, r: last ? 5 : 2 }));
    }
  }
  return group;
}

function axes(x: Axis, y: Axis, across: Scale, up: Scale): SVGElement[] {
  const [left, right, bottom] = [MARGIN.left, WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const text = (content: string, attributes: Readonly<Record<string, string | number>>): SVGElement =>
    drawn('text', attributes, content);
  return [
    ...ticksOf(across, x).flatMap((tick) => [
      line('live-tick', across(tick), bottom, across(tick), bottom + 4),
      text((x.format ?? inDigits)(tick), { x: across(tick), y: bottom + 16, 'text-anchor': 'middle' }),
    ]),
    ...ticksOf(up, y).flatMap((tick) => [
      line('live-grid', left, up(tick), right, up(tick)),
      text((y.format ?? inDigits)(tick), { x: left - 6, y: up(tick) + 4, 'text-anchor': 'end' }),
    ]),
    line('live-tick', left, bottom, right, bottom),
    text(x.label, { x: (left + right) / 2, y: HEIGHT - 6, 'text-anchor': 'middle' }),
    text(y.label, {
      transform: `translate(11 ${(MARGIN.top + bottom) / 2}) rotate(-90)`,
      'text-anchor': 'middle',
    }),
  ];
}

/** At most six ticks; of a logarithmic axis the powers of ten, thinned out. */
function ticksOf(scale: Scale, axis: Axis): number[] {
  if (axis.scale !== 'log') return scale.ticks(5);
  const all = scale.ticks();
  const powers = all.filter((tick) => Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-9);
  const kept = powers.length >= 2 ? powers : all;
  const every = Math.ceil(kept.length / 6);
  return kept.filter((_, index) => index % every === 0);
}

function line(name: string, x1: number, y1: number, x2: number, y2: number): SVGElement {
  return drawn('line', { class: name, x1, y1, x2, y2 });
}

function swatch(style: number, as: Series['as']): SVGElement {
  const mark =
    as === 'points' ? drawn('circle', { cx: 12, cy: 6, r: 3 }) : drawn('polyline', { points: '0,6 24,6' });
  return drawn(
    'svg',
    { viewBox: '0 0 24 12', class: 'live-swatch', 'aria-hidden': 'true' },
    drawn('g', { class: `live-series live-style-${style}` }, mark),
  );
}
