import type { NamedChart } from '../charts/named-chart.js';
import type { JudgedClaim } from '../claims/judge-claims.js';
import { verdictText } from '../claims/verdict-text.js';
import {
  type Claim,
  type ClaimVerdict,
  isPolicyStudy,
  type PolicyStudyData,
  type StudyData,
} from '../data/study-data.js';
import { type StudyWords, studyWords } from '../data/study-words.js';
import { methodMark } from '../figures/method-mark.js';
import { confidenceText } from '../measures/measured-number.js';
import { definitionList } from '../report/definition-list.js';
import { figureCard } from '../report/figure-card.js';
import { html, type Markup, trusted } from '../report/markup.js';
import { decimal } from '../report/number-format.js';
import { renderPage } from '../report/page.js';
import { sampleCards } from '../report/sample-cards.js';
import type { Study, StudyTable } from '../study/study.js';
import { endTable } from './end-table.js';
import { reportedSweeps, runsLeftOut } from './reported-sweeps.js';
import { studyFacts } from './study-facts.js';
import { standing, verdictsExplained, verdictsInShort } from './study-notes.js';
import { studyPageScript } from './study-page-script.js';
import { studyPageStyle } from './study-page-style.js';
import { samplePositions, sampleSeeds, shownSamples } from './study-samples.js';
import { isOfThePaper, reportTitle, type StudyView, viewStudies } from './study-view.js';

/** A verdict's mark: readable without color. */
const marks: Readonly<Record<ClaimVerdict, string>> = {
  shown: '●',
  refuted: '✕',
  equivalent: '=',
  open: '○',
};

/**
 * The report of studies as one HTML page: each of the paper's claims beside what came out here, with its verdict, the
 * figures, the numbers, samples, and how to make them again.
 *
 * The page is self-contained and loads nothing. It reads without its script, which shows a point's values at once.
 *
 * @param studies in the order of the page
 * @returns the page's HTML
 * @throws {StudyError} `invalid-data` if a study's runs contradict each other
 * @example
 * await writeFile('report.html', await renderStudyReport([data]));
 */
export function renderStudyReport(studies: readonly StudyData[]): Promise<string> {
  return studyReportPage(viewStudies(studies));
}

/** The page of studies that are judged and drawn already. */
export async function studyReportPage(views: readonly StudyView[]): Promise<string> {
  const sections: Markup[] = [];
  for (const view of views) sections.push(await section(view));
  const claims = views.flatMap((one) => one.claims);
  const { reference, startModel } = commonWords(views);
  return renderPage({
    title: reportTitle(views),
    style: studyPageStyle,
    script: studyPageScript,
    header: html`<h1>${reportTitle(views)}</h1>
${isOfThePaper(views) ? html`<p class="lead">Each figure of the paper, reproduced at a smaller scale, with the paper’s claim next to the result here.</p>` : ''}
${claims.length === 0 ? '' : tally(views, claims)}`,
    main: html`${claims.length === 0 ? '' : summary(views)}
${sections}`,
    footer: html`Win rate: the share of prompts on which the judge prefers the policy’s response to the ${reference}, ties
half. √KL: square root of the exact KL divergence of the policy from the ${startModel}, summed over a response’s tokens and averaged over
responses sampled from the policy, in nats. Intervals over seeds: Student’s t with Welch and Satterthwaite’s degrees of freedom, from
the spread between seeds and the error over prompts.`,
  });
}

/** The words of the page's only study, or those of most studies. */
function commonWords([only, ...others]: readonly StudyView[]): StudyWords {
  const isAlone = only !== undefined && others.length === 0 && isPolicyStudy(only.study);
  return studyWords(isAlone ? only.study : { settings: {} });
}

/** How verdicts are to be read, and how many there are of each. */
function tally(views: readonly StudyView[], claims: readonly JudgedClaim[]): Markup {
  const explained = verdictsExplained(views.map(({ study }) => study));
  return html`<p class="lead">${verdictsInShort}</p>
<ul>
${standing(claims.map(({ claim }) => claim)).map((line) => html`<li>${line.replaceAll('`', '')}</li>`)}
</ul>
<details><summary>How verdicts are decided</summary>
<p>${explained.replaceAll('`', '')}</p>
</details>
<ul class="tags">
${(Object.keys(marks) as ClaimVerdict[]).map(
  (verdict) =>
    html`<li>${marks[verdict]} ${verdict} <b>${claims.filter(({ claim }) => claim.verdict === verdict).length}</b></li>`,
)}
</ul>`;
}

function badge(claim: Claim): Markup {
  return html`<span class="badge">${marks[claim.verdict]} ${verdictText(claim)}</span>`;
}

function summary(views: readonly StudyView[]): Markup {
  return html`<h2 id="summary">All claims</h2>
<div class="card">
<table class="stack summary" role="table" aria-labelledby="summary">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">figure</th><th role="columnheader" scope="col">claim</th><th role="columnheader" scope="col">verdict</th><th role="columnheader" scope="col">seeds</th></tr></thead>
<tbody role="rowgroup">
${views.flatMap(({ study: { study }, claims }) =>
  claims.map(
    ({ claim }) => html`<tr role="row"><th role="rowheader" scope="row"><a href="#${study}">${study}</a></th>
<td role="cell" class="text">${claim.statement}</td><td role="cell" class="text">${badge(claim)}</td><td role="cell" data-label="seeds">${claim.seeds.length}</td></tr>
`,
  ),
)}</tbody>
</table>
</div>`;
}

async function section({ definition, study, claims, charts, tables }: StudyView): Promise<Markup> {
  const figures: Markup[] = [];
  for (const { name, chart, caption } of charts) {
    figures.push(await figureCard({ name, chart, caption, legend: false }));
  }
  return html`<section class="study" id="${study.study}" aria-labelledby="${study.study}-title">
<p class="kicker">${definition.kicker === undefined ? '' : html`${definition.kicker} · `}${study.study}</p>
<h2 id="${study.study}-title">${definition.title}</h2>
${verdicts(definition, claims)}
${methods(study, charts)}
<div class="figures">
${figures}
</div>
${isPolicyStudy(study) ? numbers(study) : ''}
${isPolicyStudy(study) ? samples(study) : ''}
${tables.map(table)}
${circumstances(study)}
</section>
`;
}

function verdicts({ claims: asked, claimant }: Study, claims: readonly JudgedClaim[]): Markup {
  if (asked.length === 0) return html``;
  if (claims.length === 0)
    return html`<p>No verdict: the study lacks finished runs that the claim is about.</p>`;
  return html`<div class="claims">
${claims.map(
  ({ claim, criterion }) => html`<article class="card claim">
<h3>${claimant === undefined ? '' : html`${claimant}: `}${claim.statement}</h3>
<p>${badge(claim)}</p>
<p>${claim.reason}</p>
<details><summary>What decides, and all numbers</summary>
<p class="criterion">${criterion}</p>
<dl>${claim.measured.map(
    ({ name, value, interval }) =>
      html`<dt>${name}</dt><dd>${decimal(value, 3)}${
        interval
          ? html`<small>${decimal(interval.low, 3)} to ${decimal(interval.high, 3)} (${confidenceText(interval.confidence)}), ${interval.method}</small>`
          : ''
      }</dd>`,
  )}</dl>
</details>
</article>
`,
)}</div>`;
}

/** One legend for all figures of a study, in which each method can be hidden. */
function methods(study: StudyData, charts: readonly NamedChart[]): Markup {
  const names = new Map<number, string>();
  if (isPolicyStudy(study)) {
    const sweeps = reportedSweeps(study);
    const several = new Set(sweeps.map(({ method }) => method.title)).size > 1;
    for (const { position, method, title } of sweeps) names.set(position, several ? method.title : title);
  }
  for (const { chart } of charts) {
    for (const [index, { name, position = index }] of chart.methods.entries())
      if (!names.has(position)) names.set(position, name);
  }
  if (names.size < 2) return html``;
  return html`<fieldset class="methods"><legend>Show</legend>
${[...names]
  .toSorted(([a], [b]) => a - b)
  .map(
    ([position, name]) =>
      html`<label><input type="checkbox" value="${position}" checked autocomplete="off">${trusted(methodMark(position))}${name}</label>`,
  )}
</fieldset>`;
}

function numbers(study: PolicyStudyData): Markup {
  const { columns, rows } = endTable(study);
  const missing = runsLeftOut(study);
  const label = `The end of training in numbers, ${study.study}`;
  return html`<details>
<summary>The end of training in numbers</summary>
${
  rows.length === 0 && missing !== undefined
    ? ''
    : html`<div class="card scroll" tabindex="0" role="region" aria-label="${label}">
<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({ position, cells: [method = '', ...numbers] }) =>
    html`<tr data-method="${position ?? ''}"><th scope="row">${position === undefined ? '' : trusted(methodMark(position))}${method}</th>${numbers.map(
      (value) => html`<td>${value}</td>`,
    )}</tr>
`,
)}</tbody>
</table>
</div>`
}
${missing === undefined ? '' : html`<p class="after">${missing}</p>`}
</details>`;
}

function table({ title, columns, rows }: StudyTable): Markup {
  return html`<details>
<summary>${title}</summary>
<div class="card scroll" tabindex="0" role="region" aria-label="${title}">
<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(([first = '', ...cells]) => html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table>
</div>
</details>`;
}

function samples(study: PolicyStudyData): Markup {
  const shown = shownSamples(study);
  if (shown.length === 0) return html``;
  return html`<details>
<summary>Samples side by side, ${sampleSeeds(study)}</summary>
${sampleCards(shown, samplePositions(study), studyWords(study).reference)}
</details>`;
}

function circumstances(study: StudyData): Markup {
  return html`<details>
<summary>How it was made</summary>
<div class="pair">
<section class="card"><h3>Circumstances</h3>
${definitionList(studyFacts(study))}
</section>
<section class="card"><h3>Settings</h3>
${definitionList(Object.entries(study.settings))}
</section>
</div>
</details>
<pre><code>${study.command}</code></pre>`;
}
