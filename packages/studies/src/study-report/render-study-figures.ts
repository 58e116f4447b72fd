import type { NamedChart } from '../charts/named-chart.js';
import type { StudyData } from '../data/study-data.js';
import { renderStandaloneFigure } from '../figures/standalone-figure.js';
import { viewStudies } from './study-view.js';

/**
 * The figures of a study as SVG files that stand alone, on white, with their titles and legends.
 *
 * @returns the files' contents by figure name, such as `fig3-win-rate-along-epoch`
 * @example
 * const figures = await renderStudyFigures(data);
 * for (const [name, svg] of Object.entries(figures)) await writeFile(`${name}.svg`, svg);
 */
export function renderStudyFigures(study: StudyData): Promise<Record<string, string>> {
  return drawCharts(viewStudies([study]).flatMap(({ charts }) => charts));
}

/** The SVG files of charts, by name. */
export async function drawCharts(charts: readonly NamedChart[]): Promise<Record<string, string>> {
  const figures: Record<string, string> = {};
  for (const { name, chart } of charts) figures[name] = await renderStandaloneFigure(name, chart);
  return figures;
}
