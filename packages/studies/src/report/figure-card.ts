import type { MethodChart } from '../figures/method-chart.js';
import { renderPageFigure } from '../figures/page-figure.js';
import { html, type Markup, trusted } from './markup.js';

export interface FigureCard {
  /** Unique on the page. */
  readonly name: string;
  readonly chart: MethodChart;
  /** What precedes the title, such as the figure's number. */
  readonly number?: string;
  readonly caption: string;
  /** Whether the chart explains its marks itself; true by default. */
  readonly legend?: boolean;
}

/** A chart with its title and caption, drawn for wide and for narrow places. */
export async function figureCard({ name, chart, number, caption, legend }: FigureCard): Promise<Markup> {
  const { wide, narrow } = await renderPageFigure(name, chart, legend);
  return html`<figure class="card" aria-labelledby="${name}">
<h3 id="${name}">${number === undefined ? '' : `${number} `}${chart.title}</h3>
<p class="axis">${chart.yTitle}</p>
<div class="wide">${trusted(wide)}</div><div class="narrow">${trusted(narrow)}</div>
<figcaption>${caption}</figcaption>
</figure>`;
}
