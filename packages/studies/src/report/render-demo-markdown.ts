import type { DemoReportData, ReportedMethod } from './demo-report-data.js';
import { markdownTable, markdownText } from './markdown-table.js';
import { squareRootKl } from './method-result.js';
import { decimal, percent } from './number-format.js';
import { verdict } from './verdict.js';

/**
 * A demo run as one Markdown page: what it shows, the figures, the numbers behind them, and how to run it again.
 *
 * @param data what the report shows
 * @param figures file names of the figures, relative to the page
 * @returns the page's text
 * @throws {ReportDataError} if there is no method, two have one name, or one has no evaluation
 */
export function renderDemoMarkdown(data: DemoReportData, figures: readonly string[]): string {
  const { headline, sentences } = verdict(data);
  const versions = Object.entries(data.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `# ${data.source} text, ${data.preset} scale: ${headline}`,
    sentences.join(' '),
    figures.map((file) => `![${file.replace(/\.svg$/, '').replaceAll('-', ' ')}](${file})`).join('\n\n'),
    '## Numbers',
    ...data.methods.map((method) => `### ${method.name}\n\n${method.description}\n\n${points(method)}`),
    '## Stages',
    markdownTable(
      ['stage', 'seconds', 'what came out'],
      data.stages.map(({ name, seconds, detail }) => [name, decimal(seconds, 0), detail]),
    ),
    '## Samples',
    ...data.samples
      .slice(0, 4)
      .map(({ prompt, reference, responses }) =>
        [
          `> ${prompt.replaceAll('\n', '\n> ')}`,
          markdownTable(
            ['', 'summary', 'gold reward'],
            [
              ['reference', markdownText(reference.text), decimal(reference.reward ?? Number.NaN)],
              ...responses.map(({ method, text, reward }) => [method, markdownText(text), decimal(reward)]),
            ],
          ),
        ].join('\n\n'),
      ),
    '## Settings',
    markdownTable(
      ['setting', 'value'],
      Object.entries(data.settings).map(([name, value]) => [`\`${name}\``, String(value)]),
    ),
    `Back end ${data.backend}; ${versions.join(', ')}. To run it again:`,
    `\`\`\`sh\n${data.command}\n\`\`\``,
    '',
  ].join('\n\n');
}

function points({ points }: ReportedMethod): string {
  return markdownTable(
    ['epoch', 'win rate', '95 % interval', '√KL', 'KL (nats)', 'mean length', 'gold reward'],
    points.map((point) => [
      percent(point.fraction, 0),
      percent(point.winRate.rate),
      `${percent(point.winRate.low)}–${percent(point.winRate.high)}`,
      decimal(squareRootKl(point)),
      `${decimal(point.kl.mean, 3)} ± ${decimal(point.kl.standardError, 3)}`,
      decimal(point.meanLength, 1),
      decimal(point.goldRewardMean),
    ]),
  );
}
