import { markdownTable, markdownText } from '../report/markdown-table.js';
import { decimal, duration } from '../report/number-format.js';
import type { StudyData, StudyName } from '../study/study-data.js';
import { endColumns, endRows } from './end-rows.js';
import { studyFacts } from './study-facts.js';
import { unfinishedRuns } from './study-lines.js';
import { claimant, figureName, studyTitles, verdictText } from './study-titles.js';
import { type StudyView, viewStudies } from './study-view.js';

/**
 * Studies as one Markdown page: verdicts, figures, tables, and the exact command and machine time of each.
 *
 * @param studies in the order of the page
 * @param figurePath where the page finds a study's figure; `<study>/<figure>.svg` where absent
 * @returns the page's text
 * @throws {ReportDataError} if a study's runs contradict each other
 */
export function renderStudyMarkdown(
  studies: readonly StudyData[],
  figurePath: FigurePath = (study, figure) => `${study}/${figure}.svg`,
): string {
  return studyMarkdown(viewStudies(studies), figurePath);
}

/** Where a page finds a study's figure. */
export type FigurePath = (study: StudyName, figure: string) => string;

/** The Markdown page of studies that are judged and drawn already. */
export function studyMarkdown(views: readonly StudyView[], figurePath: FigurePath): string {
  return [
    '# The paper’s claims, measured',
    'Made by `ais report` from the data of finished studies, as is everything here. When a claim counts as seen is a rule, decided before its ' +
      'figure was measured (`claim-rules.ts`), and the whole 95 % interval has to show it: over seeds of preference training and prompts, for one SFT ' +
      'policy and gold model; with one seed a claim holds in part at most. “Not settled”: the intervals reach across, and more seeds could still make it hold. ' +
      'The same with values to hover and methods to hide: `report.html`.',
    markdownTable(
      ['figure', 'claim', 'verdict'],
      views.flatMap(({ study, claims }) =>
        claims.map(({ claim }) => [study.study, markdownText(claim.statement), `**${verdictText(claim)}**`]),
      ),
    ),
    '## Commands and machine time',
    markdownTable(
      ['study', 'command', 'seeds', 'back end', 'time of all stages'],
      views.map(({ study }) => [
        study.study,
        study.command ? `\`${study.command}\`` : '–',
        study.seeds.join(', '),
        study.backend,
        duration(study.seconds),
      ]),
    ),
    ...views.flatMap(({ study, claims, charts }) => [
      `## ${figureName(study.study)}: ${studyTitles[study.study]}`,
      ...(claims.length === 0 ? ['No verdict: the study lacks finished runs that the claim is about.'] : []),
      ...claims.flatMap(({ claim, criterion }) => [
        `### ${claimant(study.study)}: ${claim.statement}`,
        `**${verdictText(claim)}.** ${claim.reason}`,
        `*${criterion}*`,
        markdownTable(
          ['number', 'value', '95 % interval', 'made'],
          claim.measured.map(({ name, value, interval }) => [
            markdownText(name),
            decimal(value, 3),
            interval ? `${decimal(interval.low, 3)} to ${decimal(interval.high, 3)}` : '–',
            interval?.method ?? '–',
          ]),
        ),
      ]),
      charts
        .map(
          ({ name, chart, caption }) => `![${chart.title}](${figurePath(study.study, name)})\n\n${caption}`,
        )
        .join('\n\n'),
      ...ends(study),
      markdownTable(
        ['circumstance or setting', 'value'],
        [...studyFacts(study), ...Object.entries(study.settings)].map(([name, value]) => [
          name,
          String(value),
        ]),
      ),
    ]),
    '',
  ].join('\n\n');
}

function ends(study: StudyData): string[] {
  if (study.study === 'fig1') return [];
  const missing = unfinishedRuns(study);
  return [
    markdownTable(
      [...endColumns],
      endRows(study).map(
        ({ method, beta, winRate, interval, perSeed, squareRootKl, length, equalLength }) => [
          markdownText(method),
          beta,
          winRate,
          interval,
          perSeed,
          squareRootKl,
          length,
          equalLength,
        ],
      ),
    ),
    ...(missing.length > 0 ? [`Left out, as not every seed has finished: ${missing.join('; ')}.`] : []),
  ];
}
