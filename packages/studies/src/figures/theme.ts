import type { Config } from 'vega-lite';

/** The colors of a chart; any CSS color, `var(…)` included. */
export interface Theme {
  readonly series: readonly [string, ...string[]];
  readonly background: string;
  readonly config: Config;
}

/** One hue of the page: its name as a CSS variable, on a light and on a dark page. */
interface Hue {
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}

// Chosen by a search for the seven hues whose nearest two are farthest apart, with and without each color vision
// deficiency, at a contrast of at least 3 : 1 with the card (theme.test.ts holds both fixed).
const series: readonly [Hue, ...Hue[]] = [
  { name: 'series-1', light: '#0a4ac5', dark: '#3d7efc' },
  { name: 'series-2', light: '#eb5116', dark: '#b04b2b' },
  { name: 'series-3', light: '#4e9681', dark: '#4eed80' },
  { name: 'series-4', light: '#92356d', dark: '#f59ae1' },
  { name: 'series-5', light: '#494401', dark: '#a69c13' },
  { name: 'series-6', light: '#181b1b', dark: '#eef3f2' },
  { name: 'series-7', light: '#ae71e2', dark: '#7b6293' },
];

const surfaces: readonly Hue[] = [
  { name: 'page', light: '#f6f7f9', dark: '#101419' },
  { name: 'card', light: '#ffffff', dark: '#191f26' },
  { name: 'ink', light: '#1b2430', dark: '#e8edf3' },
  { name: 'muted', light: '#5a6675', dark: '#a3b0bf' },
  { name: 'rule', light: '#dde2e8', dark: '#323c48' },
  { name: 'grid', light: '#e6eaef', dark: '#2b343f' },
  { name: 'accent', light: '#0b5c8f', dark: '#7cc4f2' },
];

const hues = [...series, ...surfaces];

/** How methods are told apart besides color: line dashes and marks, by position, as many as colors. */
export const dashes: readonly [readonly number[], ...(readonly number[])[]] = [
  [],
  [7, 4],
  [2, 3],
  [9, 3, 2, 3],
  [4, 2],
  [12, 4],
  [1, 2],
];
export const shapes: readonly [string, ...string[]] = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
  'triangle-right',
];

/** The page's colors as CSS custom properties, for one scheme. */
export function customProperties(scheme: 'light' | 'dark'): string {
  return hues.map((hue) => `--${hue.name}:${hue[scheme]};`).join('');
}

/** A chart whose colors follow the page it is in. */
export const pageTheme: Theme = theme((name) => `var(--${name})`);

/** A chart that stands alone, on white. */
export const standaloneTheme: Theme = theme((name) => hues.find((hue) => hue.name === name)?.light ?? '#000');

function theme(color: (name: string) => string): Theme {
  const font = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
  const text = { labelFont: font, titleFont: font, labelColor: color('muted'), titleColor: color('ink') };
  return {
    series: [color(series[0].name), ...series.slice(1).map(({ name }) => color(name))],
    background: color('card'),
    config: {
      background: 'transparent',
      font,
      view: { stroke: null },
      axis: {
        ...text,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 'normal',
        titlePadding: 8,
        labelPadding: 6,
        gridColor: color('grid'),
        domain: false,
        ticks: false,
        labelOverlap: true,
      },
      axisX: {
        domain: true,
        domainColor: color('muted'),
        grid: false,
        ticks: true,
        tickColor: color('muted'),
      },
      legend: {
        ...text,
        labelFontSize: 13,
        labelColor: color('ink'),
        symbolSize: 110,
        symbolStrokeWidth: 2.2,
      },
      title: { anchor: 'start', font, color: color('ink'), fontSize: 13, fontWeight: 'normal', offset: 10 },
      text: { font, fill: color('muted'), fontSize: 12 },
      rule: { color: color('muted') },
    },
  };
}
