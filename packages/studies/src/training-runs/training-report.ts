import { join } from 'node:path';
import { readJson, writeWhole } from '@ais/runtime/files';
import { diagnose, type Finding, type MetricsLine, readMetrics, runFacts } from '@ais/trainer/runs';
import type { TopLevelSpec } from 'vega-lite';
import { renderChart } from '../figures/render-chart.js';
import { pageTheme } from '../figures/theme.js';
import { drawnFrom } from '../report/drawn-from.js';
import { html, type Markup, trusted } from '../report/markup.js';
import { renderPage } from '../report/page.js';

/** What is drawn, where a run has it. */
const curves: readonly (readonly [name: string, title: string])[] = [
  ['loss', 'Loss, nats'],
  ['eval_loss', 'Loss on held-out references, nats a token'],
  ['eval_accuracy', 'Accuracy on held-out pairs'],
  ['eval_preference_loss', 'Loss on held-out pairs, nats'],
  ['eval_rewards/accuracies', 'Share of held-out pairs in the right order'],
  ['eval_calibration_error', 'Calibration error on held-out pairs'],
  ['eval_win_rate', 'Win rate against the references'],
  ['eval_kl', 'KL from the reference model, nats'],
  ['rewards/accuracies', 'Share of pairs in the right order'],
  ['rewards/margins', 'Implicit reward margin'],
  ['objective/scores', 'Reward of samples'],
  ['objective/kl', 'Log-ratio of samples to the reference, nats'],
  ['weights/mean', 'Mean importance weight'],
  ['weights/effective_sample_size', 'Effective sample size, share of the batch'],
  ['grad_norm', 'Gradient norm before clipping'],
  ['learning_rate', 'Learning rate'],
];

/**
 * Writes `report.html` of a training run: its curves, its settings, its last numbers, on one page that loads nothing.
 *
 * @param directory the run directory
 * @param out where the page goes; the run directory by default
 * @returns the page's path
 * @example
 * console.log((await writeTrainingReport(runFolder, 'training-report')).endsWith('report.html')); // true
 */
export async function writeTrainingReport(directory: string, out: string = directory): Promise<string> {
  const path = join(out, 'report.html');
  const page = await drawnFrom(directory, async () => {
    const configuration = await readJson<Configuration>(join(directory, 'config.json'));
    const lines = await readMetrics(join(directory, 'metrics.jsonl'));
    return renderTrainingReport(configuration ?? {}, lines);
  });
  await writeWhole(path, page);
  return path;
}

/**
 * What the metrics of a run say, in words, problems first.
 *
 * @example
 * const findings = await diagnoseRun(runFolder);
 * console.log(findings.every(({ title }) => title !== '')); // true
 */
export async function diagnoseRun(directory: string): Promise<Finding[]> {
  return drawnFrom(directory, async () => {
    const configuration = await readJson<Configuration>(join(directory, 'config.json'));
    return diagnose(await readMetrics(join(directory, 'metrics.jsonl')), runFacts(configuration ?? {}));
  });
}

type Configuration = Parameters<typeof runFacts>[0];

/**
 * The page, from what config.json and metrics.jsonl hold.
 *
 * @example
 * const page = await renderTrainingReport({ stage: 'sft' }, [{ event: 'train', step: 1, loss: 2.5 }]);
 * console.log(page.startsWith('<!doctype html>')); // true
 */
export async function renderTrainingReport(
  configuration: Configuration,
  lines: readonly MetricsLine[],
): Promise<string> {
  const settings = flatten(configuration);
  const title = `ais ${settings['configuration.command'] ?? settings['stage'] ?? 'training'}`;
  const last = Object.assign({}, ...lines.slice(-2)) as Readonly<Record<string, number | string>>;
  const updates = lines.filter(({ event }) => event === 'train').length;
  return renderPage({
    title,
    header: html`<h1>${title}</h1>
<p class="lead">${updates} updates on the ${settings['backend'] ?? ''} back end, seed ${settings['seed'] ?? ''}.</p>`,
    main: html`${findingsCard(diagnose(lines, runFacts(configuration)))}${await figures(lines)}
<section class="card" aria-labelledby="numbers"><h2 id="numbers">Last numbers</h2>${table(last)}</section>
<section class="card" aria-labelledby="settings"><h2 id="settings">Settings</h2>${table(settings)}</section>`,
  });
}

const labels: Readonly<Record<Finding['level'], string>> = {
  problem: 'Problem',
  watch: 'To look at',
  normal: 'Normal',
};

/** What the run shows, in words; nothing if there is nothing to say. */
function findingsCard(findings: readonly Finding[]): Markup {
  if (findings.length === 0) return html``;
  return html`<section class="card" aria-labelledby="findings"><h2 id="findings">What this run shows</h2>
${findings.map(
  ({ code, level, title, evidence, meaning, advice }) => html`<h3>${labels[level]}: ${title}</h3>
<p>${evidence.join(' ')}</p>
<p>${meaning}</p>
${advice.length > 0 ? html`<p>What to try:</p><ul>${advice.map((own) => html`<li>${own}</li>`)}</ul>` : ''}
<p><small>Explained in docs/reading-a-run.md#${code}. ± is two standard errors.</small></p>
`,
)}</section>
`;
}

async function figures(lines: readonly MetricsLine[]): Promise<Markup[]> {
  const drawn: Markup[] = [];
  for (const [index, [name, title]] of curves.entries()) {
    const points = lines.flatMap((line) => {
      const value = line[name];
      return typeof value === 'number' ? [{ step: line.step, value }] : [];
    });
    if (points.length === 0) continue;
    const { svg } = await renderChart(curveSpec(points), {
      id: `curve-${index}`,
      description: `${title}: ${short(points[0]?.value)} at step ${points[0]?.step}, ${short(points.at(-1)?.value)} at step ${points.at(-1)?.step}.`,
      theme: pageTheme,
    });
    drawn.push(html`<section class="card"><h2>${title}</h2><figure>${trusted(svg)}</figure></section>
`);
  }
  return drawn;
}

function curveSpec(points: readonly { readonly step: number; readonly value: number }[]): TopLevelSpec {
  const few = points.length <= 40;
  return {
    width: 560,
    height: 200,
    data: { values: [...points] },
    mark: {
      type: 'line',
      point: few && { color: pageTheme.series[0] },
      color: pageTheme.series[0],
      strokeWidth: 1.5,
    },
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        axis: { title: 'updates', format: '~s' },
        scale: { nice: false },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        axis: { title: null, format: '.3~g' },
        scale: { zero: false },
      },
    },
  };
}

function table(values: Readonly<Record<string, string | number>>): Markup {
  return html`<div class="scroll"><table><tbody>
${Object.entries(values).map(
  ([
    name,
    value,
  ]) => html`<tr><th scope="row">${name}</th><td>${typeof value === 'number' ? short(value) : value}</td></tr>
`,
)}</tbody></table></div>`;
}

function short(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(6)));
}

/** Nested values as `training.batchSize` → 32. */
function flatten(value: object, path = ''): Record<string, string | number> {
  const flat: Record<string, string | number> = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = path ? `${path}.${key}` : key;
    if (typeof inner === 'number') flat[name] = inner;
    else if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      Object.assign(flat, flatten(inner, name));
    else if (inner !== undefined && inner !== null)
      flat[name] = Array.isArray(inner) ? inner.join(', ') : String(inner);
  }
  return flat;
}
