import { verdictText } from '../claims/verdict-text.js';
import { chosenRate, type SearchData, soughtFall } from '../collect/search-data.js';
import { isPolicyStudy, type PolicyStudyData, type StudyData } from '../data/study-data.js';
import { studyWords } from '../data/study-words.js';
import { confidenceText } from '../measures/measured-number.js';
import { markdownCode, markdownSentence, markdownTable, markdownText } from '../report/markdown-table.js';
import { decimal, duration, percent, percentagePoints, wholeNumbersText } from '../report/number-format.js';
import { promptOpenings } from '../report/prompt-openings.js';
import { endTable } from './end-table.js';
import { runsLeftOut } from './reported-sweeps.js';
import { studyFacts } from './study-facts.js';
import { howToRun, standing, timeOfAll, verdictsExplained, verdictsInShort } from './study-notes.js';
import { sampleSeeds, shownSamples } from './study-samples.js';
import { reportTitle, type StudyView, viewStudies } from './study-view.js';

/**
 * Studies as one Markdown page: verdicts, figures, tables, samples, and the exact command and machine time of each.
 *
 * @param studies in the order of the page
 * @returns the page's text
 * @throws {StudyError} `invalid-data` if a study's runs contradict each other
 * @example
 * const page = renderStudyMarkdown([data]);
 * console.log(page.includes('| figure | claim | verdict | seeds |')); // true
 */
export function renderStudyMarkdown(
  studies: readonly StudyData[],
  options: StudyMarkdownOptions = {},
): string {
  return studyMarkdown(viewStudies(studies), options);
}

/** Options of `renderStudyMarkdown`. */
export interface StudyMarkdownOptions {
  /** Where the page finds a study's figure; `<study>/<figure>.svg` by default. */
  readonly figurePath?: (study: string, figure: string) => string;
  /** The search for the learning rate, where there was one. */
  readonly search?: SearchData | undefined;
}

/** The Markdown page of studies that are judged and drawn already. */
export function studyMarkdown(
  views: readonly StudyView[],
  { figurePath = (study, figure) => `${study}/${figure}.svg`, search }: StudyMarkdownOptions,
): string {
  return [
    `# ${markdownSentence(reportTitle(views))}`,
    'Made by `ais report` from the data of finished studies, as is everything here. The same with values to hover, methods to hide and more ' +
      'samples: `report.html`.',
    ...verdicts(views),
    ...commands(views.map(({ study }) => study)),
    ...(search ? searchSection(search) : []),
    ...views.flatMap((view) => section(view, figurePath)),
    '',
  ].join('\n\n');
}

/** How the claims are to be read, how many are settled, and all of them; nothing for runs that are compared, which have none. */
function verdicts(views: readonly StudyView[]): string[] {
  const claims = views.flatMap(({ study, claims }) => claims.map(({ claim }) => ({ study, claim })));
  if (claims.length === 0) return [];
  const table = markdownTable(
    ['figure', 'claim', 'verdict', 'seeds'],
    claims.map(({ study, claim }) => [
      markdownText(study.study),
      markdownText(claim.statement),
      `**${verdictText(claim)}**`,
      String(claim.seeds.length),
    ]),
  );
  const lines = standing(claims.map(({ claim }) => claim)).map((line) => `- ${line}`);
  return [`${verdictsInShort} ${verdictsExplained}`, lines.join('\n'), table];
}

function commands(studies: readonly StudyData[]): string[] {
  const table = markdownTable(
    ['study', 'command', 'seeds', 'back end', 'time of all stages'],
    studies.map((study) => [
      markdownText(study.study),
      study.command ? markdownCode(study.command) : '–',
      wholeNumbersText(study.seeds),
      markdownText(study.backend),
      duration(study.seconds),
    ]),
  );
  return ['## Commands and machine time', table, [...timeOfAll(studies), howToRun].join(' ')];
}

function section(
  { definition, study, claims, charts, tables }: StudyView,
  figurePath: (study: string, figure: string) => string,
): string[] {
  return [
    `## ${markdownSentence(`${definition.kicker === undefined ? '' : `${definition.kicker}: `}${definition.title}`)}`,
    ...(definition.claims.length > 0 && claims.length === 0
      ? ['No verdict: the study lacks finished runs that the claim is about.']
      : []),
    ...claims.flatMap(({ claim, criterion }) => [
      `### ${markdownSentence(`${definition.claimant === undefined ? '' : `${definition.claimant}: `}${claim.statement}`)}`,
      `**${verdictText(claim)}.** ${markdownSentence(claim.reason)}`,
      `*${markdownSentence(criterion)}*`,
      markdownTable(
        ['number', 'value', 'interval', 'how it was made'],
        claim.measured.map(({ name, value, interval }) => [
          markdownText(name),
          decimal(value, 3),
          interval ? `${decimal(interval.low, 3)} to ${decimal(interval.high, 3)}` : '–',
          interval ? `${confidenceText(interval.confidence)}, ${interval.method}` : '–',
        ]),
      ),
    ]),
    charts
      .map(
        ({ name, chart, caption }) =>
          `![${markdownText(chart.title)}](${encodeURI(figurePath(study.study, name))})\n\n${markdownSentence(caption)}`,
      )
      .join('\n\n'),
    ...(isPolicyStudy(study) ? [...ends(study), ...samples(study)] : []),
    ...tables.flatMap(({ title, columns, rows }) => [
      `${title}:`,
      markdownTable(
        columns,
        rows.map((cells) => cells.map(markdownText)),
      ),
    ]),
    markdownTable(
      ['circumstance or setting', 'value'],
      [...studyFacts(study), ...Object.entries(study.settings)].map(([name, value]) => [
        markdownText(name),
        markdownText(String(value)),
      ]),
    ),
  ];
}

function ends(study: PolicyStudyData): string[] {
  const missing = runsLeftOut(study);
  const { columns, rows } = endTable(study);
  return [
    ...(rows.length === 0 && missing !== undefined
      ? []
      : [
          markdownTable(
            columns,
            rows.map(({ cells: [method = '', ...numbers] }) => [markdownText(method), ...numbers]),
          ),
        ]),
    ...(missing === undefined ? [] : [markdownSentence(missing)]),
  ];
}

/** Each policy's answers to the first prompts, gold rewards in brackets. */
function samples(study: PolicyStudyData): string[] {
  const shown = shownSamples(study).slice(0, 2);
  const [first] = shown;
  if (!first) return [];
  const openings = promptOpenings(
    shown.map(({ prompt }) => prompt),
    100,
  );
  const answer = (text: string, reward: number | undefined): string =>
    `${markdownText(text)}${isReward(reward) ? ` (${decimal(reward)})` : ''}`;
  const isRewarded = shown.some(({ responses }) => responses.some(({ reward }) => isReward(reward)));
  return [
    `Answers of ${sampleSeeds(study)}${isRewarded ? ', with their gold rewards,' : ''} to prompts that begin so:`,
    markdownTable(
      ['policy', ...openings.map((opening) => `“${markdownText(opening)}”`)],
      [
        [
          studyWords(study).reference,
          ...shown.map(({ reference }) => answer(reference.text, reference.reward)),
        ],
        ...first.responses.map(({ method }, index) => [
          markdownText(method),
          ...shown.map(({ responses }) => {
            const { text = '', reward } = responses[index] ?? {};
            return answer(text, reward);
          }),
        ]),
      ],
    ),
  ];
}

/** Answers that no judge has rated have none: not a number, which JSON has as null. */
function isReward(reward: number | undefined): reward is number {
  return Number.isFinite(reward);
}

function searchSection({ rates, falls = [], beta, command, scale }: SearchData): string[] {
  const chosen = chosenRate({ falls });
  return [
    '## The search for the learning rate',
    `Unweighted DPO at β = ${beta}, ${scale} scale: ${markdownCode(command)}. To be found is a rate at which it over-optimizes, so that methods have something ` +
      'to differ in, and is not lost. A fall counts where it is larger than its noise over prompts at 95 % confidence; lengths collapse where ' +
      'responses end at less than half of their length.' +
      (falls.length > 0
        ? ` Its seeds are none of a study. Chosen is the least rate at which the mean win rate over seeds falls by ${percentagePoints(soughtFall)} points: ${chosen ?? 'none of these'}.`
        : ''),
    ...(falls.length > 0
      ? [
          markdownTable(
            ['learning rate', 'seeds', 'fall of the mean', '95 % interval'],
            falls.map(({ learningRate, seeds, fall, low, high }) => [
              String(learningRate),
              String(seeds),
              `${percentagePoints(fall)} points`,
              `${percentagePoints(low)} to ${percentagePoints(high)}`,
            ]),
          ),
        ]
      : []),
    markdownTable(
      [
        'learning rate',
        'seed',
        'win rate: start',
        'peak',
        'end',
        'peak at',
        'fall',
        '√KL',
        'mean length',
        '',
      ],
      rates.map((rate) => [
        String(rate.learningRate),
        String(rate.seed),
        percent(rate.start),
        percent(rate.peak),
        percent(rate.end),
        `${percent(rate.peakFraction, 0)} of training`,
        `${percentagePoints(rate.fall)} points`,
        decimal(rate.squareRootKl),
        `${decimal(rate.startLength, 1)} to ${decimal(rate.endLength, 1)}`,
        [
          ...(rate.overOptimizes ? ['over-optimizes'] : []),
          ...(rate.lengthCollapsed ? ['lengths collapse'] : []),
        ].join(', '),
      ]),
    ),
  ];
}
