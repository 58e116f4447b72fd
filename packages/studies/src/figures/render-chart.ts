import type { TopLevelSpec } from 'vega-lite';
import type { Theme } from './theme.js';

export interface RenderedChart {
  /** One `<svg>` element that scales to its container. */
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

export interface ChartOptions {
  /** Distinguishes the ids inside this chart from those of others on one page. */
  readonly id: string;
  /** What the chart shows, read out in its place. */
  readonly description: string;
  readonly theme: Theme;
}

/**
 * Renders a Vega-Lite chart to SVG without a DOM.
 *
 * Marks with a `description` get it as an SVG title, which browsers show on hover without any script.
 */
export function renderChart(spec: TopLevelSpec, options: ChartOptions): Promise<RenderedChart> {
  // A report is written again whenever another of its studies is done, and most of its charts are what they were.
  const key = JSON.stringify([spec, options]);
  const chart = drawn.get(key) ?? drawChart(spec, options);
  chart.catch(() => drawn.delete(key));
  // The one that was asked for last stays the longest.
  drawn.delete(key);
  drawn.set(key, chart);
  for (const oldest of drawn.keys()) {
    if (drawn.size <= REMEMBERED) break;
    drawn.delete(oldest);
  }
  return chart;
}

/** Charts that are kept, some tens of kB each. */
const REMEMBERED = 500;
const drawn = new Map<string, Promise<RenderedChart>>();

async function drawChart(spec: TopLevelSpec, options: ChartOptions): Promise<RenderedChart> {
  const { id, description, theme } = options;
  // The renderers take a third of a second to load, which commands without figures need not pay.
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec: compiled } = compile({ ...spec, config: { ...theme.config, ...spec.config } });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
  try {
    const markup = await view.toSVG();
    const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(markup);
    const width = Number(size?.[1]);
    const height = Number(size?.[2]);
    const content = markup
      .replace(/^[\s\S]*?<svg[^>]*>/, '')
      .replace(/<\/svg>\s*$/, '')
      .replace(/\b(id="|url\(#)(?=[a-z]+\d)/g, `$1${id}-`)
      .replace(
        /<path aria-label="([^"]*)"([^>]*?)\/?>(?:<\/path>)?/g,
        (_, title: string, rest: string) =>
          `<path${rest}><title>${title.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</title></path>`,
      )
      // Of the renderer's classes only those stay that name the method: a page hides methods by them.
      .replace(/ class="([^"]*)"/g, (_, classes: string) => {
        const [method] = /\bmethod_\d+_/.exec(classes) ?? [];
        return method ? ` class="${method}"` : '';
      })
      // The whole chart is one image with one description; parts must not be announced again.
      .replace(/ (?:aria-[a-z]+|role)="[^"]*"/g, '');
    const svg =
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `width="${width}" height="${height}" role="img" aria-label="${escapeAttribute(description)}">${content}</svg>`;
    return { svg: svg.replace(NOT_XML, '\ufffd'), width, height };
  } finally {
    view.finalize();
  }
}

// What XML does not allow would leave no picture at all.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
