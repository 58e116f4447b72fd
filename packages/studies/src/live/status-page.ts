import { html } from '../report/markup.js';
import { renderPage } from '../report/page.js';

/** A page that fills itself in from `status.json` beside it, every two seconds. */
export function renderStatusPage(title: string): string {
  return renderPage({
    title: `${title}: status`,
    header: html`<h1>${title}</h1>
<p class="lead" id="counts" role="status">Asking …</p>
<progress id="bar" hidden></progress>
<p class="notice" id="notice" role="alert" hidden></p>`,
    main: html`<section id="running" hidden><h2>Running</h2><ul></ul></section>
<section id="failed" hidden><h2>Failed</h2><ul></ul></section>
<section id="finished" hidden><h2>Finished</h2><ul></ul></section>
<p id="report" hidden><a href="report.html">The report of what is finished</a></p>`,
    style: statusStyle,
    script: statusScript,
    asksServer: true,
  });
}

const statusStyle = `
progress{width:100%;max-width:75ch;height:12px;accent-color:var(--accent)}
section ul{list-style:none;margin:0;padding:0;display:grid;gap:10px}
section li{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 14px}
section li p,section li pre{margin:.3em 0 0;font-size:.88rem;color:var(--muted)}
section li progress{display:block;margin-top:6px}
#finished ul{gap:4px}
#finished li{padding:4px 14px}
.notice{border-left:5px solid var(--accent);padding-left:12px}
a{color:var(--accent)}
`;

// Titles, logs, and failures are anybody's text: they go into the page as text alone.
const statusScript = `
const at = (id) => document.getElementById(id);
const element = (name, text) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
};
const duration = (seconds) => {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return hours + ' h ' + minutes + ' min';
  return minutes > 0 ? minutes + ' min ' + (whole % 60) + ' s' : whole + ' s';
};
const bar = ({ completed, total }) => {
  const made = element('progress');
  made.max = total;
  made.value = completed;
  return made;
};
const item = ({ title, progress, seconds, log = [], failure }) => {
  const made = element('li');
  made.append(element('strong', title));
  const facts = [
    ...(progress ? [progress.completed + ' of ' + progress.total] : []),
    ...(progress && progress.detail ? [progress.detail] : []),
    ...(seconds === undefined ? [] : ['for ' + duration(seconds)]),
  ];
  if (facts.length > 0) made.append(element('p', facts.join(', ')));
  if (progress) {
    made.append(bar(progress));
    made.lastChild.setAttribute('aria-label', title);
  }
  if (log.length > 0) made.append(element('pre', log.join('\\n')));
  if (failure !== undefined) made.append(element('p', failure));
  return made;
};
const list = (id, stages) => {
  at(id).hidden = stages.length === 0;
  at(id).querySelector('ul').replaceChildren(...stages.map(item));
};
const show = ({ stages, report, ...status }) => {
  const { finished, running, waiting, failed, workers, expectedSeconds, unknown } = status;
  const total = (finished ?? 0) + running + waiting + failed;
  at('counts').textContent = [
    ...(finished === undefined ? [] : [finished + ' of ' + total + ' finished']),
    running + ' running',
    waiting + ' waiting',
    failed + ' failed',
    ...(workers === undefined ? [] : ['workers: ' + workers]),
    ...(expectedSeconds > 0 ? ['about ' + duration(expectedSeconds) + ' left'] : []),
    ...(unknown > 0 ? [unknown + ' of unknown length'] : []),
  ].join(', ');
  at('bar').hidden = finished === undefined;
  at('bar').max = Math.max(1, total);
  at('bar').value = finished ?? 0;
  at('bar').setAttribute('aria-label', 'finished stages');
  for (const state of ['running', 'failed', 'finished'])
    list(state, stages.filter((stage) => stage.state === state));
  at('report').hidden = !report;
};
const update = async () => {
  try {
    const answer = await fetch('status.json', { cache: 'no-store' });
    const status = await answer.json();
    if (!answer.ok) throw new Error(status.error);
    show(status);
    at('notice').hidden = true;
  } catch (error) {
    at('notice').textContent = 'No news: ' + error.message;
    at('notice').hidden = false;
  }
  setTimeout(update, 2000);
};
void update();
`;
