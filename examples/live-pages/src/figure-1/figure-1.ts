import type { GaussianMixture } from '@ais/kl';
import { type MixtureStudy, mixtureStudy } from '@ais/kl/mixture-study';
import { button } from '../page/button.js';
import { chart, type Point, type Series } from '../page/chart.js';
import { element } from '../page/element.js';
import { type Mount, replaceContent } from '../page/mount.js';
import { inDigits } from '../page/numbers.js';
import { onceAFrame } from '../page/redraw.js';
import { slider } from '../page/slider.js';
import '../page/page.css';

/** The paper's mixture, and what else its figure shows. */
const PAPER = { theta: 0.5, alpha: 1, distance: 0.8, width: 0.2, middle: 0.4 } as const;
const POLICY_WIDTH = 0.1;
/** The policy's means; the slider of θ has the same steps. */
const THETAS = Array.from({ length: 81 }, (_, index) => (index - 40) / 40);
const PAIRS = 2000;

/** What the reader has chosen. */
export interface Figure1Choice {
  readonly theta: number;
  readonly alpha: number;
  /** Where the outer modes of the mixture lie: at minus and plus this. */
  readonly distance: number;
  readonly width: number;
  /** Weight of the middle mode. */
  readonly middle: number;
  readonly seed: number;
  /** Expectations instead of means over sampled pairs. */
  readonly exact: boolean;
}

/** The mixture μ = π_ref that is chosen. */
export function mixtureOf({
  distance,
  width,
  middle,
}: Pick<Figure1Choice, 'distance' | 'width' | 'middle'>): GaussianMixture {
  const mode = (weight: number, mean: number) => ({ weight, mean, standardDeviation: width });
  const outer = (1 - middle) / 2;
  return [mode(outer, -distance), mode(middle, 0), mode(outer, distance)];
}

export function studyOf(choice: Figure1Choice): MixtureStudy {
  return mixtureStudy({
    seed: choice.seed,
    pairs: PAIRS,
    thetas: THETAS,
    policyStandardDeviation: POLICY_WIDTH,
    behavior: mixtureOf(choice),
    alphas: [choice.alpha],
  });
}

/** Figure 1 of the paper, with sliders for the policy's mean θ, the weight's exponent α, and the mixture. */
export const mount: Mount = (place) => {
  let seed = 0;
  const redraw = onceAFrame(draw);
  const twoDigits = (value: number): string => value.toFixed(2);
  const own = (label: string, min: number, max: number, step: number, value: number) =>
    slider({ label, min, max, step, value, format: twoDigits, onInput: redraw });
  const theta = own('θ, the policy’s mean', -1, 1, 0.025, PAPER.theta);
  const alpha = own('α, the exponent of the weight', 0, 1, 0.05, PAPER.alpha);
  const distance = own('Distance of the outer modes', 0.3, 1, 0.05, PAPER.distance);
  const width = own('Width of the modes', 0.1, 0.4, 0.02, PAPER.width);
  const middle = own('Weight of the middle mode', 0.1, 0.9, 0.05, PAPER.middle);
  const exact = element('input', { type: 'checkbox' });
  exact.addEventListener('change', redraw);
  const again = button('Sample other pairs', () => {
    seed += 1;
    redraw();
  });
  const reset = button('Back to the paper’s figure', () => {
    seed = 0;
    exact.checked = false;
    for (const [control, value] of [
      [theta, PAPER.theta],
      [alpha, PAPER.alpha],
      [distance, PAPER.distance],
      [width, PAPER.width],
      [middle, PAPER.middle],
    ] as const) {
      control.value = value;
    }
    redraw();
  });

  const densities = chart({
    title: 'Where the data are, and where the policy is',
    x: { label: 'response y' },
    y: { label: 'density' },
  });
  const along = chart({
    title: 'Along θ',
    x: { label: 'θ', domain: [-1, 1] },
    y: { label: 'nats, or loss', scale: 'log' },
  });
  const against = chart({
    title: 'The loss against KL',
    x: { label: 'KL(π_θ‖π_ref), nats', scale: 'log' },
    y: { label: 'loss', scale: 'log' },
  });
  const summary = element('p', { 'aria-live': 'polite' });

  function draw(): void {
    const choice: Figure1Choice = {
      theta: theta.value,
      alpha: alpha.value,
      distance: distance.value,
      width: width.value,
      middle: middle.value,
      seed,
      exact: exact.checked,
    };
    const behavior = mixtureOf(choice);
    densities.draw({
      series: [
        { name: 'μ = π_ref', style: 3, points: densityOf(behavior) },
        {
          name: 'π_θ',
          style: 4,
          points: densityOf([{ weight: 1, mean: choice.theta, standardDeviation: POLICY_WIDTH }]),
        },
      ],
      description: `The policy’s mean is ${twoDigits(choice.theta)}; the data’s modes are at 0 and ±${twoDigits(choice.distance)}.`,
    });
    try {
      show(studyOf(choice), choice);
    } catch (error) {
      // No pair is near some policy, so that its sampled loss is 0 and has no logarithm.
      summary.textContent = `Nothing to compare: ${error instanceof Error ? error.message : error}`;
    }
  }

  function show(study: MixtureStudy, choice: Figure1Choice): void {
    const { thetas, kl, muWeighted } = study;
    const weighted = study.smoothed[0] ?? study.importanceWeighted;
    const kind = choice.exact ? 'expected' : 'sampled';
    const index = thetas.reduce(
      (best, value, at) =>
        Math.abs(value - choice.theta) < Math.abs((thetas[best] ?? 0) - choice.theta) ? at : best,
      0,
    );
    const curve = (values: readonly number[]): Point[] =>
      values.map((y, at) => ({ x: thetas[at] ?? Number.NaN, y }));
    const cloud = (values: readonly number[]): Point[] =>
      values.map((y, at) => ({ x: kl[at] ?? Number.NaN, y }));
    const name = `weighted by w^α, α = ${twoDigits(choice.alpha)}`;
    const both = (points: (values: readonly number[]) => Point[], as: Series['as']): Series[] => [
      { name: 'unweighted', style: 1, points: points(muWeighted[kind]), as: as ?? 'line' },
      { name, style: 2, points: points(weighted[kind]), as: as ?? 'line' },
    ];
    const [r0, r] = [muWeighted.correlation[kind], weighted.correlation[kind]];
    along.draw({
      series: [{ name: 'KL(π_θ‖π_ref)', style: 3, points: curve(kl) }, ...both(curve, 'line')],
      at: { x: choice.theta },
      description: `KL is ${inDigits(kl[index] ?? Number.NaN)} nats at the chosen θ.`,
    });
    against.draw({
      series: both(cloud, 'points'),
      at: { x: kl[index] ?? Number.NaN },
      description: `The logarithms correlate by ${r0.toFixed(2)} unweighted and ${r.toFixed(2)} weighted.`,
    });
    summary.replaceChildren(
      `At θ = ${twoDigits(choice.theta)} the KL divergence is ${inDigits(kl[index] ?? Number.NaN)} nats, the unweighted loss `,
      `${inDigits(muWeighted[kind][index] ?? Number.NaN)}, and the loss weighted by w^α ${inDigits(weighted[kind][index] ?? Number.NaN)}. `,
      'Over all θ, the logarithm of the loss correlates with that of KL by ',
      element('strong', {}, r0.toFixed(2)),
      ' unweighted, and by ',
      element('strong', {}, r.toFixed(2)),
      ` weighted (${choice.exact ? 'in expectation' : `over ${PAIRS.toLocaleString('en')} sampled pairs`}).`,
    );
  }

  const remove = replaceContent(
    place,
    element(
      'fieldset',
      { class: 'live-controls' },
      element('legend', {}, 'Policy, weight, and data'),
      ...[theta, alpha, distance, width, middle].map((control) => control.element),
      element('label', { class: 'live-check' }, exact, 'Exact expectations'),
    ),
    element('div', { class: 'live-buttons' }, again, reset),
    summary,
    element('div', { class: 'live-charts' }, densities.element, along.element, against.element),
  );
  draw();
  return remove;
};

function densityOf(mixture: GaussianMixture): Point[] {
  return Array.from({ length: 181 }, (_, index) => {
    const x = (index - 90) / 60;
    const y = mixture.reduce(
      (sum, { weight, mean, standardDeviation }) =>
        sum +
        (weight / (standardDeviation * Math.sqrt(2 * Math.PI))) *
          Math.exp(-0.5 * ((x - mean) / standardDeviation) ** 2),
      0,
    );
    return { x, y };
  });
}
