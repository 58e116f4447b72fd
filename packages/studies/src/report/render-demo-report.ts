import { curve, type DemoFigureName, demoCharts } from '../figures/demo-charts.js';
import { methodMark } from '../figures/method-mark.js';
import { definitionList } from './definition-list.js';
import type { DemoReportData, ReportedPoint } from './demo-report-data.js';
import { figureCard } from './figure-card.js';
import { html, type Markup, trusted } from './markup.js';
import { type MethodResult, methodResults, squareRootKl } from './method-result.js';
import { decimal, duration, percent } from './number-format.js';
import { renderPage } from './page.js';
import { sampleCards } from './sample-cards.js';
import { verdict } from './verdict.js';

/**
 * The report of a demo run as one HTML page.
 *
 * The page is self-contained: it loads nothing, needs no script, follows the reader's light or dark scheme, and
 * prints. Its verdict is computed from the numbers, whichever method they favor. The same data give the same page.
 *
 * @param data what the run measured
 * @returns the page's HTML
 * @throws {ReportDataError} if there is no method, two have one name, or one has no evaluation
 * @example
 * await writeFile('report.html', await renderDemoReport(data));
 */
export async function renderDemoReport(data: DemoReportData): Promise<string> {
  const results = methodResults(data);
  const { headline, sentences } = verdict(data);
  const title = 'Does adaptive importance sampling hold back over-optimization?';
  return renderPage({
    title: `${headline} – AIS demo`,
    header: html`<h1>${title}</h1>
<p class="lead">One run of the whole pipeline: a supervised model, a gold reward model, gold-labelled pairs sampled from the supervised
model, and preference training of each method from the same start, judged by the gold model against the reference summaries.</p>
<ul class="tags">
${[
  ['source', data.source],
  ['preset', data.preset],
  ['seed', data.seed],
  ['back end', data.backend],
  ['prompts judged', results[0]?.end.winRate.n ?? 0],
  ['time of all stages', duration(data.stages.reduce((sum, { seconds }) => sum + seconds, 0))],
].map(([name, value]) => html`<li>${name ?? ''} <b>${value ?? ''}</b></li>`)}
</ul>`,
    main: html`<section class="card verdict" aria-labelledby="verdict">
<h2 id="verdict">${headline}</h2>
<p>${sentences.join(' ')}</p>
</section>
${headlineTable(data, results)}
${await figures(data)}
${
  data.samples.length > 0
    ? html`<h2>Samples side by side</h2>\n${sampleCards(
        data.samples,
        new Map(results.map(({ name }, index) => [name, index])),
      )}`
    : ''
}
${settings(data)}`,
    footer: html`Win rate: the share of prompts on which the gold reward model prefers the policy’s response to the reference summary, ties half,
with Wilson’s 95 % interval. √KL: square root of the exact KL divergence of the policy from the supervised model, summed over a
response’s tokens and averaged over responses sampled from the policy, in nats.`,
  });
}

function headlineTable(data: DemoReportData, results: readonly MethodResult[]): Markup {
  const row = (name: Markup, end: ReportedPoint, peak: Markup): Markup => html`<tr role="row">
<th role="rowheader" scope="row">${name}</th>
<td role="cell" data-label="final win rate"><span>${percent(end.winRate.rate)} <small class="whole">${interval(end)}</small></span></td>
<td role="cell" data-label="peak"><span>${peak}</span></td>
<td role="cell" data-label="√KL at the end"><span>${decimal(squareRootKl(end))}</span></td>
<td role="cell" data-label="mean length, tokens"><span>${decimal(end.meanLength, 1)}</span></td>
<td role="cell" data-label="ties"><span>${end.winRate.ties} of ${end.winRate.n}</span></td>
</tr>`;
  return html`<h2 id="results">Results</h2>
<div class="card">
<table class="stack" role="table" aria-labelledby="results">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">method</th><th role="columnheader" scope="col">final win rate</th>
<th role="columnheader" scope="col">peak</th><th role="columnheader" scope="col">√KL at the end</th>
<th role="columnheader" scope="col">mean length, tokens</th><th role="columnheader" scope="col">ties</th></tr></thead>
<tbody role="rowgroup">
${results.map(({ name, description, end, peak, overOptimization }, index) =>
  row(
    html`${trusted(methodMark(index))}${name}<small>${description}</small>`,
    end,
    html`${percent(peak.winRate.rate)} <small>at ${percent(peak.fraction, 0)} of the epoch, √KL ${decimal(squareRootKl(peak))}${
      overOptimization.significant ? '; fell beyond noise' : ''
    }</small>`,
  ),
)}
${data.sft ? row(html`SFT<small>The supervised model that every method starts from.</small>`, data.sft, html`–`) : ''}
</tbody>
</table>
</div>`;
}

const captions: Readonly<Record<DemoFigureName, string>> = {
  'win-rate-along-epoch': 'Bands are 95 % intervals. The large mark is the end of the epoch.',
  'kl-along-epoch': 'How far each policy has moved from the supervised model. Bands are 95 % intervals.',
  'win-rate-against-kl':
    'Points are joined in the order of training. Higher at the same √KL is better: more reward for the same distance. Bars are 95 % intervals.',
};

async function figures(data: DemoReportData): Promise<Markup> {
  const drawn: Markup[] = [];
  for (const [index, [name, chart]] of Object.entries(demoCharts(data)).entries()) {
    drawn.push(
      await figureCard({ name, chart, number: `${index + 1}.`, caption: captions[name as DemoFigureName] }),
    );
  }
  return html`<h2>Along the epoch</h2>
<div class="figures">
${drawn}
</div>
${numbers(data)}`;
}

function numbers(data: DemoReportData): Markup {
  const columns = [
    'method',
    'epoch',
    'step',
    'win rate',
    '95 % interval',
    'ties',
    'KL, nats',
    'its standard error',
    'mean length',
    'mean gold reward',
  ];
  const rows = data.methods.flatMap((method) =>
    curve(method, data.sft).map((point) => ({ name: method.name, point })),
  );
  return html`<details>
<summary>All numbers behind the figures</summary>
<div class="card scroll" tabindex="0" role="region" aria-label="All numbers behind the figures">
<table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ({ name, point }) => html`<tr><th scope="row">${name}</th>${[
    percent(point.fraction, 0),
    String(point.step),
    percent(point.winRate.rate),
    interval(point),
    `${point.winRate.ties} of ${point.winRate.n}`,
    decimal(point.kl.mean, 3),
    decimal(point.kl.standardError, 3),
    decimal(point.meanLength, 1),
    decimal(point.goldRewardMean, 3),
  ].map((value) => html`<td>${value}</td>`)}</tr>
`,
)}</tbody>
</table>
</div>
</details>`;
}

function interval({ winRate }: ReportedPoint): string {
  return `${decimal(100 * winRate.low, 1)}\u00a0to\u00a0${decimal(100 * winRate.high, 1)}`;
}

function settings(data: DemoReportData): Markup {
  return html`<h2>How it was made</h2>
<div class="pair">
<section class="card"><h2>Stages</h2>
<table class="stages">
<thead><tr><th scope="col">stage</th><th scope="col">time</th></tr></thead>
<tbody>
${data.stages.map(({ name, seconds, detail }) => html`<tr><th scope="row">${name}<small>${detail}</small></th><td>${duration(seconds)}</td></tr>`)}
</tbody>
</table>
</section>
<section class="card"><h2>Settings</h2>
${definitionList(Object.entries(data.settings))}
</section>
<div class="column">
<section class="card"><h2>Back end and versions</h2>
${definitionList([['back end', data.backend], ...Object.entries(data.versions)])}
</section>
<section class="card"><h2>Reproduce it</h2>
<pre><code>${data.command}</code></pre>
<p class="after">The same seed on the same back end gives the same numbers.</p>
</section>
</div>
</div>`;
}
