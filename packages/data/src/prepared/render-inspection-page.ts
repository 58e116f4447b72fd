import { exampleNotes, visible } from './describe-inspection.js';
import type { DataInspection, InspectedExample, InspectedPart } from './inspect-prepared.js';
import { inspectionFacts } from './inspection-facts.js';
import type { LengthStatistics } from './length-statistics.js';

/**
 * A look at a set as one HTML page that needs nothing else: no script, no font, no image.
 *
 * What color says is said by form too, for print and for color-blind readers: tokens in the loss are bold and
 * underlined, prompt tokens are not; every other token has a darker ground; a bar marks the boundary.
 *
 * @param inspection of `inspectPrepared` or `inspectSource`
 * @returns the page's source
 * @example
 * const page = renderInspectionPage(await inspectPrepared('prepared/synthetic'));
 * console.log(page.startsWith('<!doctype html>')); // true
 */
export function renderInspectionPage(inspection: DataInspection): string {
  const { stage, directory, manifest, examples, dropped } = inspection;
  const title = stage === 'raw' ? 'Raw data, as it would be prepared' : 'Prepared data';
  const facts = inspectionFacts(inspection)
    .map(([name, fact]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(fact)}</td></tr>`)
    .join('\n');
  const splits = Object.entries(manifest.splits).map(([split, { records, lengths }]) => {
    const figures = Object.entries(lengths).map(([column, statistics]) => histogram(column, statistics));
    return `<section><h3>${escaped(split)}: ${records.toLocaleString('en-US')} records</h3><div class="figures">${figures.join('')}</div></section>`;
  });
  const droppedRows = dropped.map(
    ({ id, reason, detail }) =>
      `<tr><td>${escaped(reason)}</td><td>${escaped(id)}</td><td>${escaped(detail)}</td></tr>`,
  );
  const droppedInAll = Object.values(manifest.dropped).reduce((sum, count) => sum + count, 0);
  const faults = manifest.source.faultExamples.map((message) => `<li>${escaped(message)}</li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(directory)}: ${title.toLowerCase()}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p class="path">${escaped(directory)}</p>
<table class="facts"><tbody>
${facts}
</tbody></table>
<h2>Lengths in tokens</h2>
${splits.join('\n')}
<h2>Examples</h2>
<p class="legend"><span class="part"><span class="token">not in the loss</span></span> <span class="part trained"><span class="token">in the loss</span></span> Grounds alternate from token to token; ↵ is a line break.</p>
${examples.map(exampleArticle).join('\n')}
<h2>${stage === 'raw' ? 'What would be dropped' : 'Dropped'}</h2>
${
  droppedRows.length === 0
    ? '<p>No record.</p>'
    : `<p>${droppedRows.length} of ${droppedInAll.toLocaleString('en-US')}${stage === 'raw' ? '' : '; all are in <code>dropped.jsonl</code>'}.</p>
<table class="dropped"><thead><tr><th>reason</th><th>record</th><th></th></tr></thead><tbody>
${droppedRows.join('\n')}
</tbody></table>`
}
${faults.length === 0 ? '' : `<h2>Malformed rows</h2>\n<ul>${faults.join('\n')}</ul>`}
</body>
</html>
`;
}

function exampleArticle(example: InspectedExample): string {
  const notes = exampleNotes(example).map((note) => ` <span class="note">${note}</span>`);
  return `<article><h3>${escaped(example.split)} · ${escaped(example.id)}${notes.join('')}</h3>
${example.parts.map(partBlock).join('\n')}
</article>`;
}

function partBlock({ name, trained, tokens }: InspectedPart): string {
  const spans = tokens.map((token) => `<span class="token">${escaped(visible(token))}</span>`);
  return `<h4>${name}: ${tokens.length} tokens, ${trained ? 'in the loss' : 'not in the loss'}</h4>
<div class="part${trained ? ' trained' : ''}">${spans.join('')}</div>`;
}

const [WIDTH, HEIGHT] = [360, 120];

function histogram(column: string, statistics: LengthStatistics): string {
  const { shortest, median, p90, p99, longest, histogram: bins } = statistics;
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const step = WIDTH / Math.max(1, bins.length);
  const bars = bins.map(({ from, to, count }, index) => {
    const height = (HEIGHT * count) / most;
    const place = `x="${(index * step).toFixed(1)}" y="${(HEIGHT - height).toFixed(1)}"`;
    const size = `width="${Math.max(1, step - 1).toFixed(1)}" height="${height.toFixed(1)}"`;
    return `<rect ${place} ${size}><title>${from}–${to} tokens: ${count}</title></rect>`;
  });
  const words = `shortest ${shortest}, median ${median}, 90 % ≤ ${p90}, 99 % ≤ ${p99}, longest ${longest}`;
  return `<figure><svg viewBox="0 -14 ${WIDTH} ${HEIGHT + 30}" role="img" aria-label="${escaped(column)}: ${words}">
<text x="0" y="-3">${most.toLocaleString('en-US')}</text>
${bars.join('')}
<line x1="0" y1="${HEIGHT}" x2="${WIDTH}" y2="${HEIGHT}"/>
<text x="0" y="${HEIGHT + 13}">${shortest}</text><text x="${WIDTH}" y="${HEIGHT + 13}" text-anchor="end">${longest}</text>
</svg><figcaption><b>${escaped(column)}</b>: ${words}</figcaption></figure>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --quiet: #595959; --rule: #c8c8c8; --ground: #e9e9e9; --trained: #00429d; --trained-ground: #d3e3fb; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #161616; --quiet: #aaa; --rule: #444; --ground: #2c2c2c; --trained: #9ec5ff; --trained-ground: #17324f; } }
@media print { :root { --ink: #000; --paper: #fff; --quiet: #444; --rule: #999; --ground: #e4e4e4; --trained: #000; --trained-ground: #ccc; } .token { print-color-adjust: exact; -webkit-print-color-adjust: exact; } article, figure { break-inside: avoid; } }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0; } .path { margin-top: 0; color: var(--quiet); overflow-wrap: anywhere; }
table { border-collapse: collapse; } th, td { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
.facts th { font-weight: 600; white-space: nowrap; }
.figures { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: 0; flex: 1 1 20rem; max-width: 30rem; }
svg { width: 100%; fill: var(--trained); } svg text { fill: var(--quiet); font-size: 12px; } svg line { stroke: var(--ink); }
figcaption { color: var(--quiet); font-size: .875rem; }
article { border-top: 1px solid var(--rule); padding-bottom: 1rem; } h3 { margin-bottom: .25rem; } h4 { margin: .5rem 0 .1rem; font-weight: 400; font-size: .875rem; color: var(--quiet); }
.note { border: 1px solid currentColor; border-radius: .25rem; padding: 0 .4rem; font-size: .8rem; font-weight: 400; }
.part { font: 14px/1.7 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; padding-left: .75rem; border-left: 4px solid transparent; }
.token:nth-child(even) { background: var(--ground); }
.trained { border-left-color: var(--trained); color: var(--trained); font-weight: 700; } .trained .token { text-decoration: underline; text-underline-offset: .2em; }
.trained .token:nth-child(even) { background: var(--trained-ground); }
.legend .part { display: inline; border-left-width: 0; padding: 0 .5rem 0 0; } .legend .trained { border-left-width: 4px; padding-left: .4rem; }
`;
