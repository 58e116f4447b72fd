import { functionOfMeans, logarithm, meanOverSeeds, type SeedsEstimate, seedsInterval } from '@ais/gold-eval';
import type { Random } from '@ais/runtime/random';
import { inStudies, meanOf, type StudySize, shareOf } from './simulated-study.js';

/** What studies find out about the ratio of two methods' KL. */
export interface KlRatios extends StudySize {
  /** Share of studies whose interval holds the true ratio. */
  readonly covered: number;
  /** Half width of the interval, as a share of the ratio. */
  readonly half: number;
  /** Share that show that it is below 1. */
  readonly shown: number;
  /** How much wider the interval is if errors over prompts are neither paired nor averaged over seeds. */
  readonly unpaired: number;
}

const RATIO = 0.82;

/** How a response's KL differs, as factors: by the seed, by the prompt in all seeds and methods, and by itself. */
const SPREAD = { seed: 0.08, prompt: 0.6, residual: 0.5 };

export function klRatiosFound(studies: number): KlRatios[] {
  const sizes: readonly StudySize[] = [3, 6, 12, 24].map((seeds) => ({ seeds, prompts: 1024 }));
  return sizes.map((size) => {
    const found = inStudies(studies, `kl ratio ${size.seeds}`, (random) => {
      const prompts = random.normals(size.prompts, { standardDeviation: SPREAD.prompt });
      const [first, second] = [klOf(Math.log(RATIO), prompts, size, random), klOf(0, prompts, size, random)];
      return { paired: paired(first, second), unpaired: unpaired(first, second, size) };
    });
    return {
      ...size,
      covered: shareOf(
        found,
        ({ paired: { low, high } }) => low <= Math.log(RATIO) && Math.log(RATIO) <= high,
      ),
      half: meanOf(found.map(({ paired: { low, high } }) => (high - low) / 2)),
      shown: shareOf(found, ({ paired: { high } }) => high < 0),
      unpaired: meanOf(found.map(({ paired: own, unpaired: other }) => width(other) / width(own))),
    };
  });
}

/** [seeds][prompts], KL of a method whose mean differs by a factor. */
function klOf(log: number, prompts: ArrayLike<number>, { seeds }: StudySize, random: Random): number[][] {
  return Array.from({ length: seeds }, () => {
    const luck = log + SPREAD.seed * random.normal();
    return Array.from(prompts, (own) => Math.exp(luck + own + SPREAD.residual * random.normal()));
  });
}

function paired(first: readonly number[][], second: readonly number[][]): SeedsEstimate {
  const others = functionOfMeans(second, logarithm);
  return meanOverSeeds(
    functionOfMeans(first, logarithm).map((row, seed) =>
      row.map((value, prompt) => value - (others[seed]?.[prompt] ?? Number.NaN)),
    ),
    { range: 0 },
  );
}

function unpaired(
  first: readonly number[][],
  second: readonly number[][],
  { prompts }: StudySize,
): SeedsEstimate {
  const relative = (row: readonly number[]): number => {
    const mean = meanOf(row);
    return Math.sqrt(meanOf(row.map((value) => (value - mean) ** 2)) / prompts) / mean;
  };
  return seedsInterval(
    first.map((row, seed) => Math.log(meanOf(row) / meanOf(second[seed] ?? []))),
    meanOf(first.map((row, seed) => Math.hypot(relative(row), relative(second[seed] ?? [])))),
    prompts,
  );
}

const width = ({ low, high }: SeedsEstimate): number => high - low;
