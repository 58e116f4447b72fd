import type { DemoReportData } from '../report/demo-report-data.js';
import { type DemoFigureName, demoCharts } from './demo-charts.js';
import { renderStandaloneFigure } from './standalone-figure.js';

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
  const draw = (name: DemoFigureName): Promise<string> => renderStandaloneFigure(name, charts[name]);
  return {
    'win-rate-along-epoch': await draw('win-rate-along-epoch'),
    'kl-along-epoch': await draw('kl-along-epoch'),
    'win-rate-against-kl': await draw('win-rate-against-kl'),
  };
}
