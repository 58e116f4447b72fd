import { type MethodChart, methodChartSpec } from './method-chart.js';
import { renderChart } from './render-chart.js';
import { standaloneTheme } from './theme.js';

/** A chart as the content of an SVG file that stands alone: on white, with its title and legend. */
export async function renderStandaloneFigure(name: string, chart: MethodChart): Promise<string> {
  const { svg, width, height } = await renderChart(
    methodChartSpec(chart, standaloneTheme, { width: 640, height: 420, titled: true }),
    { id: name, description: chart.description, theme: standaloneTheme },
  );
  const paper = `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`;
  return `${svg.replace(/^<svg[^>]*>/, (opening) => opening + paper)}\n`;
}
