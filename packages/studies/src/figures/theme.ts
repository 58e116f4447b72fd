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

// Okabe and Ito's colors, which stay apart in every common color vision deficiency, darkened on white and
// lightened on black until each has a contrast of at least 3 : 1.
const series: readonly [Hue, ...Hue[]] = [
  { name: 'series-1', light: '#0072b2', dark: '#5bb8f0' },
  { name: 'series-2', light: '#d55e00', dark: '#ff8f45' },
  { name: 'series-3', light: '#00845f', dark: '#35c79b' },
  { name: 'series-4', light: '#b0568a', dark: '#e59cc6' },
  { name: 'series-5', light: '#8a6d00', dark: '#e8c547' },
  { name: 'series-6', light: '#4a4a4a', dark: '#c9c9c9' },
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

/**
 * How methods are told apart besides color: line dashes and marks, by position. There is one more of them than of colors,
 * so that a seventh method shares its color with the first, but not its dash and mark.
 */
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

/** A chart whose colors follow the page it stands in. */
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
