import { type Line, lineChart } from './line-chart.js';
import {
  chiSquared,
  constants,
  divergence,
  reportOf,
  sequenceWeights,
  type WeightReport,
} from './sum-or-mean.js';

/** A policy that has moved half a hundredth of a nat per token. */
export const P = 0.55;
/** Training and inference engines that hardly differ. */
export const NEAR = 0.51;
export const LENGTHS = [2, 8, 32, 128, 512] as const;
/** Even lengths, equally far apart on a logarithmic axis. */
const DRAWN = Array.from({ length: 33 }, (_, index) => 2 * Math.round(2 ** (index / 4))).filter(
  (length, index, all) => all.indexOf(length) === index && length <= 512,
);

const find = (name: string): (typeof sequenceWeights)[number] => {
  const found = sequenceWeights.find((own) => own.name === name);
  if (!found) throw new Error(name);
  return found;
};
const report = (name: string, length: number, p = P): WeightReport => reportOf(find(name), { p, length });

/** Three digits; powers of ten beyond what is read at a glance. */
export function figure(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5) {
    const [digits = '', exponent = ''] = value.toExponential(1).split('e');
    return `${digits}·10^${exponent.replace('+', '')}`;
  }
  // Weights are float32.
  if (Math.abs(1 - value) < 1e-5) return '1';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const table = (measure: keyof WeightReport): string =>
  [
    `| weight | ${LENGTHS.map((length) => `\\|y\\| = ${length}`).join(' | ')} |`,
    `|---|${LENGTHS.map(() => '---:').join('|')}|`,
    ...sequenceWeights.map(
      (own) =>
        `| ${own.name.replaceAll('|', '\\|')} | ${LENGTHS.map((length) => figure(reportOf(own, { p: P, length })[measure])).join(' | ')} |`,
    ),
  ].join('\n');

const lines = (measure: keyof WeightReport): Line[] =>
  sequenceWeights.map((own) => ({
    name: own.name,
    points: DRAWN.map((length) => ({ x: length, y: reportOf(own, { p: P, length })[measure] })),
  }));

const chart = (yTitle: string, measure: keyof WeightReport): Promise<string> =>
  lineChart({
    xTitle: '|y| in tokens',
    xScale: 'log',
    panels: [{ yTitle, height: 220, lines: lines(measure) }],
  });

/** The figures of the page, by file name. */
export const sumOrMeanFigures: Readonly<Record<string, () => Promise<string>>> = {
  'step-size-against-length.svg': () => chart('mean weight E[w]', 'mean'),
  'weighting-against-length.svg': () => chart('share of the way to π_θ', 'recovered'),
  'effective-against-length.svg': () => chart('effective sample size', 'effective'),
};

/** docs/sum-or-mean.md: its tables and the numbers in its text are computed here. */
export function sumOrMeanPage(): string {
  const sum512 = report('sum', 512);
  const mean512 = report('1/|y|', 512);
  const root512 = report('1/√|y|', 512);
  const truncated512 = report('truncation', 512);
  const masked512 = report('masking', 512);
  const filtered = report('geometric filter', 32);
  const near = report('sum', 512, NEAR);
  const { vespo } = constants;
  return `# Sum or mean?

A response of |y| tokens has a probability ratio t = π_θ(y)/μ(y), the product of its tokens' ratios. Should a weight be t itself (the *sum* of
log-ratios), or t^(1/|y|) (their *mean*)? The question is asked again and again:

- TRL: [the sum is no bug](https://github.com/huggingface/trl/issues/5814), since it alone is unbiased;
  [a change to the mean](https://github.com/huggingface/trl/pull/5815), after which a run's mean ratio went from 0.569 to 0.993, was
  declined; [geometric masking](https://github.com/huggingface/trl/pull/4891) because masks of the sum prefer short responses.
- NeMo-RL: [a mean weight of 0.0596](https://github.com/NVIDIA-NeMo/RL/pull/2269) over responses of about 8,000 tokens, bounded by 2, where token-level ratios
  average 0.9999; [filters by the mean](https://github.com/NVIDIA-NeMo/RL/pull/1899).
- prime-rl: [the sum](https://github.com/PrimeIntellect-ai/prime-rl/pull/1044), and later
  [truncated, masked, and filtered variants](https://github.com/PrimeIntellect-ai/prime-rl/pull/3384); SkyRL:
  [the filter by default](https://github.com/NovaSky-AI/SkyRL/pull/1665).
- [LUSPO](https://github.com/huggingface/trl/pull/4988) and [VESPO](https://github.com/huggingface/trl/pull/5199), which propose weights of
  their own.

**The answer, in short.** A weight does two things, and they have to be told apart: it scales the step, and it says which responses count. The sum
gets both right on average, and needs exponentially many responses for it. The mean keeps the step, and **hardly reweights at all**: of the way from the
data to the policy it goes about 1/|y|. Taking the mean for long responses trains almost without correction, which can be a good choice, and
should be a conscious one. Truncation and masking of the sum shrink the step with the length, by a factor that looks like a mismatch
between the policies but is not one. 1/√|y| lies in between: its effective sample size does not fall with the length. A filter by the mean does not reweight toward the policy either.

## The case

Two tokens; μ takes each with probability ½, π_θ the first one with probability ${P}. That is a divergence of ${divergence(P).toFixed(4)} nats
per token, χ² = ${chiSquared(P).toFixed(2)} per token. Tokens are independent, so a weight depends on the number of first tokens alone, and all means
over the 2^|y| responses are sums of |y| + 1 binomial terms: exact, without sampling, at any length. In text, tokens depend on each other and
few of them carry most of the divergence; what decides is the divergence of whole responses, ${(512 * divergence(P)).toFixed(1)} nats at 512 tokens here. A pair's weight is the
product of its two responses' weights, so its mean is the square of the numbers below. The weights:

| name | w | as options of \`importanceWeights\` | |
|---|---|---|---|
${sequenceWeights.map(({ name, formula, code }) => `| ${name.replaceAll('|', '\\|')} | \`${formula}\` | \`{ ${code} }\` | ${where[name] ?? ''} |`).join('\n')}

## What it does to the step

E[w] over the data is the factor by which a step is scaled; 1 − E[w] is the bias for a quantity that does not vary.

${table('mean')}

![Mean weight against |y|](importance-weights/step-size-against-length.svg)

- The sum has mean 1 at every length, exactly. But a batch does not show it: the *median* weight at 512 tokens is ${figure(sum512.median)}, and the
  mean depends on responses that a batch does not contain. So a mean weight of 0.06 can be measured where nothing is wrong.
- Truncation keeps ${figure(truncated512.mean)} of the step at 512 tokens, masking ${figure(masked512.mean)}: it drops ${figure(100 * masked512.dropped)} % of the
  responses. Short responses keep theirs, so that **truncation and masking of the sum prefer short responses**.
- The mean keeps ${figure(mean512.mean)} of it. 1/√|y| keeps ${figure(root512.mean)} at 512 tokens, and shrinks slowly, as e^(−√|y|·χ²/2).
- VESPO's weight is at most ${figure(vespoPeak())} (at t = ${figure(constants.vespo.k / constants.vespo.lambda)}), and vanishes with t.
- With Adam a factor that is the same for all steps and responses cancels. One that depends on the length, or shrinks as the policy moves, does
  not.

## What it does to the weighting

Divide the weights by their mean, and the step is out of the picture: what is left is the distribution that the weighted data stand for. How
far is it on the way from μ to π_θ? Here, by the mean share of first tokens: 0 is the data, 1 is the policy.

${table('recovered')}

![Share of the way to the policy against |y|](importance-weights/weighting-against-length.svg)

- The sum is there. The mean goes ${figure(mean512.recovered)} of the way at 512 tokens, close to 1/512 = ${figure(1 / 512)}: for small exponents α the tilted
  distribution μ^(1−α)·π_θ^α has gone α of the way.
- 1/√|y| goes ${figure(root512.recovered)} of the way at 512 tokens, 1/√512 = ${figure(1 / Math.sqrt(512))}.
- The filter by the mean goes ${figure(report('geometric filter', 8).recovered)} of the way at 8 tokens, ${figure(filtered.recovered)} at 32, and ${figure(report('geometric filter', 512).recovered)} at 512. It picks responses whose average
  ratio is near 1, which lie between the two policies; the longer they are, the more of the data passes as it is.
- VESPO goes the other way while the policies are close: around t = 1 its weight has the slope k − λ = ${vespo.k - vespo.lambda}, so that responses that the
  policy likes more count less. It bounds steps rather than corrects data. (For negative advantages TRL has k = 3 and λ = 2, a slope of 1.)
- Truncation goes ${figure(truncated512.recovered)} of the way at 512 tokens, masking ${figure(masked512.recovered)}: less than the sum, far more than the mean.

## What it costs

The variance of w, and the effective sample size E[w]²/E[w²], the share of a large batch that counts:

${table('variance')}

${table('effective')}

![Effective sample size against |y|](importance-weights/effective-against-length.svg)

The sum's are exact products: Var[t] = (1 + χ²)^|y| − 1, and an effective sample size of (1 + χ²)^−|y|: at 512 tokens one response
in ${(1 / sum512.effective).toFixed(0)} counts. Everything hangs on how far apart the policies are: with π_θ at ${NEAR}
(${divergence(NEAR).toExponential(1).replace('e-', '·10^−')} nats per token, as between two engines that run the same weights) the sum keeps an effective sample size of
${figure(near.effective)} at 512 tokens, and there is no reason to take anything else.

## The length bias that LUSPO describes

GSPO's loss is −s·A with s = t^(1/|y|). Its gradient is −(s/|y|)·A·∇log π_θ(y): the exponent comes down as a factor. A token
of a response of 512 tokens counts 1/512, one of a response of 8 tokens 1/8, so that
per token the short one weighs ${512 / 8} times as much, and a long good response is learned more slowly than a short one. LUSPO multiplies the
loss by |y|, which removes the factor. Weights that are constants of the update, as in this package, never have it: the gradient of w·ℓ is
w·∇ℓ, whatever the exponent. With \`differentiable: true\` it is there.

## What to take

- Policies that are close (two engines, one update): the sum. It is unbiased, and costs little; watch the effective sample size.
- Preference data from an earlier policy, long responses: no exact correction is to be had. 1/|y| is stable and nearly no reweighting; what it
  does besides is the step size. Compare with \`meanWeightOnly\` (the step alone) and \`selfNormalized\` (the weighting alone) before you credit
  either; [Importance weights](importance-weights.md) has the options.
- 1/√|y| if a share of the correction is worth its price: the effective sample size tends to e^(−χ²) = ${figure(Math.exp(-chiSquared(P)))} here, however long the
  responses, and the step shrinks slowly.
- A filter if what you fear is outliers, not drift. It says nothing about which response the policy would write.

The numbers of this page are what \`importanceWeights\` gives: \`packages/objectives/test/docs/sum-or-mean.ts\` computes them, and tests compare
them with an enumeration of all responses by the formulas, and with the closed forms.
`;
  function vespoPeak(): number {
    const { k, lambda } = constants.vespo;
    return (k / lambda) ** k * Math.exp(lambda - k);
  }
}

const where: Readonly<Record<string, string>> = {
  sum: 'plain importance sampling; TRL’s `sequence_*` modes before their bound',
  '1/|y|': 'AIS; GSPO’s and LUSPO’s ratio',
  truncation: 'TRL `sequence_truncate`, NeMo-RL `tis`, prime-rl `seq_tis`',
  masking: 'TRL `sequence_mask`',
  'geometric filter': 'prime-rl `geo_mask`; the filter of NeMo-RL’s `seq-mask-tis`',
  VESPO: 'k and λ as in TRL 1.16 for positive advantages',
};
