import type { MethodChart } from './method-chart.js';
import { methodChartSpec } from './method-chart.js';
import { renderChart } from './render-chart.js';
import { pageTheme } from './theme.js';

/** A chart for a page, drawn twice: text must stay readable where the page is as narrow as a phone. */
export interface PageFigure {
  readonly wide: string;
  readonly narrow: string;
}

/**
 * Draws a chart in the page's colors, for wide and for narrow containers.
 *
 * @param legend whether the chart explains its marks, which a page with one legend for many charts does itself
 */
export async function renderPageFigure(
  name: string,
  chart: MethodChart,
  legend: boolean = true,
): Promise<PageFigure> {
  const draw = async (variant: string, width: number, height: number): Promise<string> => {
    const spec = methodChartSpec(chart, pageTheme, { width, height, titled: false, legend });
    const { svg } = await renderChart(spec, {
      id: `${name}-${variant}`,
      description: chart.description,
      theme: pageTheme,
    });
    return svg;
  };
  return { wide: await draw('wide', 500, 340), narrow: await draw('narrow', 330, 320) };
}
