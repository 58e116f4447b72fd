import type { Coverage } from './coverage.js';
import type { AtEqualKl } from './equal-kl.js';
import type { AtEqualLength } from './equal-length.js';
import type { Falls } from './falls.js';
import type { Families } from './families.js';
import type { KlRatios } from './kl-ratios.js';
import type { Looks } from './looks.js';
import { type Searches, TRUE_FALLS } from './searches.js';

export interface Simulations {
  readonly studies: number;
  readonly coverage: readonly Coverage[];
  readonly families: readonly Families[];
  readonly falls: readonly Falls[];
  readonly klRatios: readonly KlRatios[];
  readonly equalKl: readonly AtEqualKl[];
  readonly equalLength: readonly AtEqualLength[];
  readonly searches: readonly Searches[];
  readonly looks: readonly Looks[];
}

/** The page of the documentation that shows what simulated studies find out. */
export function renderPage(simulations: Simulations): string {
  const { studies, coverage, families, falls, klRatios, equalKl, equalLength, searches, looks } = simulations;
  return `# How far the statistics can be trusted

Written by \`pnpm simulate\`: ${studies.toLocaleString('en-US')} simulated studies per row, whose truth is known. Values are a mean plus
normal effects of the seed (0.024), of the prompt (0.036), and of each prompt in each seed (0.281), as measured for the difference of
DPO and AIS-DPO at the end of training at β = 0.01, unless a row says otherwise.

## Intervals over seeds and prompts

How often the 95 % interval of a mean over seeds covers the truth, with 256 prompts. The last column is how much wider the interval
would be if the residual were counted with the seeds and with the prompts.

![Coverage by number of seeds](images/statistics-coverage.svg)

${table(
  ['spread', 'seeds', 'covers', 'half width, points', 'counted twice'],
  coverage.map(({ spread, seeds, covered, half, twice }) => [
    spread,
    String(seeds),
    percent(covered),
    half.toFixed(1),
    `${twice.toFixed(2)}×`,
  ]),
)}

Two seeds have one degree of freedom, so their interval is wide. Where seeds or prompts hardly differ, the interval covers more than
95 %: what is estimated as less than nothing counts as nothing. With three seeds the interval counted twice is the narrower one, because
Welch and Satterthwaite's rule gives it more degrees of freedom.

## Prompts of one family

Prompts about packages of one source are won and lost together: what such a family adds to all of its prompts, in all seeds, is normal with a
standard deviation of 0.1, as measured on synopses. 1,024 prompts in families of these sizes, of which the first are those of the study of synopses, where
packages of one source, for cross compilers, make up an eighth. Errors are summed within each family before they are squared. The last two columns are
what the interval would be if each prompt counted as a draw of its own.

${table(
  ['prompts in families', 'seeds', 'covers', 'half width, points', 'alone: covers', 'half width, points'],
  families.map(({ sizes, seeds, covered, half, alone }) => [
    sizes,
    String(seeds),
    percent(covered),
    half.toFixed(1),
    percent(alone.covered),
    alone.half.toFixed(1),
  ]),
)}

Where one family has an eighth of the prompts, the interval is wider than it would have to be: that family's deviation is most of the estimated error, and a
single deviation does not show how large such deviations usually are. [The decision](decisions/prompt-families.md) has more.

## Falls since a peak

A run of 11 evaluations rises by 15 points and then falls. Only the lower end of a fall's interval carries Bonferroni's confidence.

${table(
  ['true fall, points', 'seeds × prompts', 'covers', 'shows a fall', 'shows less than 5 points'],
  falls.map(({ fall, seeds, prompts, covered, shown, below5 }) => [
    fall.toFixed(0),
    `${seeds} × ${prompts}`,
    percent(covered),
    percent(shown),
    percent(below5),
  ]),
)}

## A ratio of two KLs

AIS-DPO at 82 % of DPO's KL, with 1,024 prompts. A response's KL differs by a factor of the prompt (0.6 on the log scale), of the response itself
(0.5), and of the seed (0.08). Both methods answer the same prompts, so what a prompt adds to both cancels. The last column is how much wider the
interval would be with each seed's error alone, neither paired nor shrinking with the number of seeds. With three seeds that would be the narrower
one, because Welch and Satterthwaite's rule gives it more degrees of freedom.

${table(
  ['seeds', 'covers', 'half width', 'shows "below 1"', 'unpaired'],
  klRatios.map(({ seeds, covered, half, shown, unpaired }) => [
    String(seeds),
    percent(covered),
    percent(half),
    percent(shown),
    `${unpaired.toFixed(2)}×`,
  ]),
)}

## At equal KL

Two methods with five evaluations each, one of which goes farther; 512 prompts; √KL differs by 5 % from seed to seed. Their difference is read at the largest
√KL that both reached in each seed, by interpolation; √KL counts as known there.

${table(
  ['true difference, points', 'seeds', 'covers', 'half width, points', 'shows "wins more"'],
  equalKl.map(({ difference, seeds, covered, half, shown }) => [
    difference.toFixed(0),
    String(seeds),
    percent(covered),
    half.toFixed(1),
    percent(shown),
  ]),
)}

## At equal length

Two methods whose responses are 2 tokens longer and 4 shorter than the references, give or take 9; a longer one wins more often. Both answer the same 512
prompts, of which 40 % decide alike for both methods. Win rates at equal length are those of each seed's regression, and their difference is taken prompt by prompt, by
what a prompt adds to each rate (the delta method). The last column is how much wider the interval would be if the methods were taken to have prompts of their own, and
every seed to have the same error.

${table(
  ['true difference, points', 'seeds', 'covers', 'half width, points', 'shows "wins more"', 'unpaired'],
  equalLength.map(({ difference, seeds, covered, half, shown, unpaired }) => [
    difference.toFixed(0),
    String(seeds),
    percent(covered),
    half.toFixed(1),
    percent(shown),
    `${unpaired.toFixed(2)}×`,
  ]),
)}

## A search for the learning rate

Four rates with these true falls, 512 prompts. The search takes the least rate at which the mean win rate over its seeds falls by 10 points from its peak. A
study with other seeds then has a fall of that size to find; with the search's own it would be reported where it was picked.

${table(
  ['seeds', ...TRUE_FALLS.map((fall) => `chosen: ${100 * fall} points`), 'none'],
  searches.map(({ seeds, chosen, none }) => [String(seeds), ...chosen.map(percent), percent(none)]),
)}

## Three looks

\`--seeds 6,12,24\` with 1,024 prompts, for the claim "wins more often": each look at a confidence of 98.3 %. A study ends at the look
that decides. *Equivalent* is a difference of at most 2 points either way.

${table(
  ['true difference, points', 'shown', 'refuted', 'equivalent', 'open', 'seeds on average'],
  looks.map(({ difference, shown, refuted, equivalent, open, seeds }) => [
    difference.toFixed(0),
    ...[shown, refuted, equivalent, open].map(percent),
    seeds.toFixed(1),
  ]),
)}

With no difference at all, "shown" and "refuted" are both wrong decisions.
`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
