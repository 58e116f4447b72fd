import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// What docs/sum-or-mean.md is made with, so that page and document cannot differ.
import {
  chiSquared,
  divergence,
  reportOf,
  sequenceWeights,
  type WeightReport,
} from '../../../../packages/objectives/test/docs/sum-or-mean.js';
import { type Chart, chart, type Series } from '../page/chart.js';
import { element } from '../page/element.js';
import { type Mount, replaceContent } from '../page/mount.js';
import { inDigits, percent } from '../page/numbers.js';
import { onceAFrame } from '../page/redraw.js';
import { slider } from '../page/slider.js';
import { table } from '../page/table.js';
import '../page/page.css';

const LENGTHS = [2, 4, 8, 16, 32, 64, 128, 256, 512];
const NAMES = sequenceWeights.map(({ name }) => name);
/** What is shown at first: the question's two answers, and what lies between. */
const SHOWN_FIRST = ['sum', '1/√|y|', '1/|y|', 'truncation'];

/** What each weight does at each length, by its name. */
export type Reports = ReadonlyMap<string, readonly WeightReport[]>;

export function reportsOf(p: number, names: readonly string[]): Reports {
  return new Map(
    sequenceWeights
      .filter(({ name }) => names.includes(name))
      .map((own) => [own.name, LENGTHS.map((length) => reportOf(own, { p, length }))]),
  );
}

/** What weights of whole responses do at every length, with sliders for the policy and the length. */
export const mount: Mount = (place) => {
  const redraw = onceAFrame(draw);
  const share = slider({
    label: 'π_θ of the first token (μ’s is 0.5)',
    min: 0.505,
    max: 0.65,
    step: 0.005,
    value: 0.55,
    format: (value) => value.toFixed(3),
    onInput: redraw,
  });
  const length = slider({
    label: '|y|, tokens of a response',
    min: 0,
    max: LENGTHS.length - 1,
    step: 1,
    value: LENGTHS.length - 1,
    format: (value) => String(LENGTHS[value]),
    onInput: redraw,
  });
  const shown = sequenceWeights.map(({ name, formula }) => {
    const input = element('input', { type: 'checkbox', checked: SHOWN_FIRST.includes(name) });
    input.addEventListener('change', redraw);
    return { name, input, label: element('label', { class: 'live-check' }, input, `${name}: ${formula}`) };
  });

  const x = { label: '|y|, tokens', scale: 'log', format: String } as const;
  const charts: readonly { readonly of: keyof WeightReport; readonly chart: Chart }[] = [
    {
      of: 'mean',
      chart: chart({ title: 'Step: the mean weight', x, y: { label: 'E[w]' } }),
    },
    {
      of: 'recovered',
      chart: chart({
        title: 'Weighting: the way to the policy',
        x,
        y: { label: 'share of the way' },
      }),
    },
    {
      of: 'effective',
      chart: chart({
        title: 'Cost: the effective sample size',
        x,
        y: { label: 'share of the data', domain: [0, 1] },
      }),
    },
  ];
  const facts = element('p', { 'aria-live': 'polite' });
  const heads = ['mean weight', 'way to the policy', 'effective sample size', 'median weight', 'dropped'];
  const numbers = table('The weights at the chosen length', ['weight', ...heads]);

  function draw(): void {
    const p = share.value;
    const at = length.value;
    const tokens = LENGTHS[at] ?? Number.NaN;
    const names = shown.filter(({ input }) => input.checked).map(({ name }) => name);
    const reports = reportsOf(p, names);
    for (const { of, chart } of charts) {
      chart.draw({
        series: [...reports].map(
          ([name, values]): Series => ({
            name,
            style: NAMES.indexOf(name) + 1,
            points: values.map((report, index) => ({ x: LENGTHS[index] ?? Number.NaN, y: report[of] })),
          }),
        ),
        at: { x: tokens },
        description: `At ${tokens} tokens: ${[...reports].map(([name, values]) => `${name} ${inDigits(values[at]?.[of] ?? Number.NaN)}`).join(', ')}.`,
      });
    }
    facts.textContent =
      `Policy and data are ${inDigits(divergence(p))} nats apart per token (χ² = ${inDigits(chiSquared(p))}), and ` +
      `${inDigits(divergence(p) * tokens)} nats per response of ${tokens} tokens. There, one response in ` +
      `${inDigits((1 + chiSquared(p)) ** tokens)} counts under the sum.`;
    numbers.rows.replaceChildren(
      ...[...reports].map(([name, values]) => {
        const report = values[at];
        const cells = report
          ? [
              inDigits(report.mean),
              inDigits(report.recovered),
              inDigits(report.effective),
              inDigits(report.median),
              percent(report.dropped),
            ]
          : [];
        return element(
          'tr',
          {},
          element('th', { scope: 'row' }, name),
          ...cells.map((cell) => element('td', {}, cell)),
        );
      }),
    );
  }

  const remove = replaceContent(
    place,
    element(
      'fieldset',
      { class: 'live-controls' },
      element('legend', {}, 'Policies and length'),
      share.element,
      length.element,
    ),
    element(
      'fieldset',
      { class: 'live-controls' },
      element('legend', {}, 'Weights'),
      ...shown.map(({ label }) => label),
    ),
    facts,
    element('div', { class: 'live-charts' }, ...charts.map(({ chart }) => chart.element)),
    numbers.element,
  );
  let removed = false;
  // The weights are the package's own, which compute on tensors.
  void tf.setBackend('cpu').then(() => {
    if (!removed) draw();
  });
  return () => {
    removed = true;
    remove();
  };
};
