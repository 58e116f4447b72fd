import type { DemoReportData } from '../report/demo-report-data.js';
import { type DemoFigureName, demoCharts } from './demo-charts.js';
import { methodChartSpec } from './method-chart.js';
import { renderChart } from './render-chart.js';
import { standaloneTheme } from './theme.js';

/**
 * The figures of a demo run as SVG files that stand alone, on white, with their titles.
 *
 * @param data what the run measured
 * @returns the files' contents by figure name: `win-rate-along-epoch`, `kl-along-epoch`, `win-rate-against-kl`
 * @example
 * const figures = await renderFigures(data);
 * for (const [name, svg] of Object.entries(figures)) await writeFile(`${name}.svg`, svg);
 */
export async function renderFigures(data: DemoReportData): Promise<Record<DemoFigureName, string>> {
  const charts = demoCharts(data);
  const draw = async (name: DemoFigureName): Promise<string> => {
    const { svg, width, height } = await renderChart(
      methodChartSpec(charts[name], standaloneTheme, { width: 640, height: 420, titled: true }),
      { id: name, description: charts[name].description, theme: standaloneTheme },
    );
    const paper = `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`;
    return `${svg.replace(/^<svg[^>]*>/, (opening) => opening + paper)}\n`;
  };
  return {
    'win-rate-along-epoch': await draw('win-rate-along-epoch'),
    'kl-along-epoch': await draw('kl-along-epoch'),
    'win-rate-against-kl': await draw('win-rate-against-kl'),
  };
}
