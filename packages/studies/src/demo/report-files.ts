import { join } from 'node:path';
import { readJson, writeJson, writeWhole } from '../durable-json.js';
import { renderFigures } from '../figures/render-figures.js';
import type { DemoReportData } from '../report/demo-report-data.js';
import { renderDemoMarkdown } from '../report/render-demo-markdown.js';
import { renderDemoReport } from '../report/render-demo-report.js';
import { RunDirectoryError } from './run-directory-error.js';

/** The data of a finished run's report. */
export async function readDemoReport(directory: string): Promise<DemoReportData> {
  const data = await readJson<DemoReportData>(join(directory, 'report.json'));
  if (data) return data;
  throw new RunDirectoryError(
    `@ais/studies: ${directory} holds no finished run: there is no report.json. Give the folder of a run, or resume it first.`,
  );
}

/** Writes `report.json` and `report.html` into a run directory, and returns the page's path. */
export async function writeDemoReport(directory: string, data: DemoReportData): Promise<string> {
  const page = join(directory, 'report.html');
  await writeJson(join(directory, 'report.json'), data);
  await writeWhole(page, await renderDemoReport(data));
  return page;
}

/**
 * Writes what a run showed for readers of a repository: `README.md`, the figures as SVG files, `numbers.json`.
 *
 * @returns the paths written
 */
export async function writeDemoResults(folder: string, data: DemoReportData): Promise<string[]> {
  const figures = Object.entries(await renderFigures(data)).map(([name, svg]) => ({
    file: `${name}.svg`,
    svg,
  }));
  const page = renderDemoMarkdown(
    data,
    figures.map(({ file }) => file),
  );
  const files: [string, string][] = [
    ['README.md', page],
    ['numbers.json', `${JSON.stringify(data)}\n`],
    ...figures.map(({ file, svg }): [string, string] => [file, svg]),
  ];
  for (const [file, content] of files) await writeWhole(join(folder, file), content);
  return files.map(([file]) => join(folder, file));
}
