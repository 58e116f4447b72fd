import { lengthControlledWinRate, meanOverSeeds, type SeedsEstimate, seedsInterval } from '@ais/gold-eval';
import type { Random } from '@ais/runtime/random';
import { inStudies, meanOf, measuredSpread, type StudySize, shareOf } from './simulated-study.js';

/** What studies find out about the difference of two methods at equal length. */
export interface AtEqualLength extends StudySize {
  /** True difference at equal length, in points. */
  readonly difference: number;
  readonly covered: number;
  /** Half width of the interval, in points. */
  readonly half: number;
  readonly shown: number;
  /** How much wider the interval is if the two methods are taken not to share their prompts. */
  readonly unpaired: number;
}

/** How many tokens each method's responses are longer than the reference, and how the log-odds of a win rise with that. */
const METHOD = { longer: 2, shorter: -4, spread: 8, effect: 0.8 };

/** How often a prompt decides alike for both methods and all seeds. */
const SHARED = 0.4;

export function differencesAtEqualLength(studies: number): AtEqualLength[] {
  const sizes: readonly StudySize[] = [3, 6, 12, 24].map((seeds) => ({ seeds, prompts: 512 }));
  return [0, 0.03].flatMap((difference) =>
    sizes.map((size) => {
      const found = inStudies(studies, `equal length ${difference} ${size.seeds}`, (random) => {
        const prompts = Array.from({ length: size.prompts }, () => ({
          threshold: random.uniform(),
          length: 4 * random.normal(),
        }));
        const first = rates(0.45 + difference, METHOD.longer, prompts, size, random);
        const second = rates(0.45, METHOD.shorter, prompts, size, random);
        return { paired: paired(first, second), unpaired: unpaired(first, second, size) };
      });
      const covers = ({ low, high }: SeedsEstimate): boolean => low <= difference && difference <= high;
      return {
        ...size,
        difference: 100 * difference,
        covered: shareOf(found, ({ paired: own }) => covers(own)),
        half: 50 * meanOf(found.map(({ paired: own }) => width(own))),
        shown: shareOf(found, ({ paired: { low } }) => low > 0),
        unpaired: meanOf(found.map(({ paired: own, unpaired: other }) => width(other) / width(own))),
      };
    }),
  );
}

type Rate = ReturnType<typeof lengthControlledWinRate>;

/** [seeds], the win rate at equal length of a method that has this one on average. */
function rates(
  rate: number,
  longer: number,
  prompts: readonly { readonly threshold: number; readonly length: number }[],
  { seeds }: StudySize,
  random: Random,
): Rate[] {
  const deviation = Math.hypot(4, METHOD.spread);
  return Array.from({ length: seeds }, () => {
    const own = rate + measuredSpread.seed * random.normal();
    const lengths = prompts.map(({ length }) => longer + length + METHOD.spread * random.normal());
    const outcomes = lengths.map((length, index): number => {
      const logit = Math.log(own / (1 - own)) + METHOD.effect * Math.tanh(length / deviation);
      const { threshold = 0 } = prompts[index] ?? {};
      const bar = random.uniform() < SHARED ? threshold : random.uniform();
      return bar < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
    });
    return lengthControlledWinRate(
      outcomes,
      lengths,
      lengths.map(() => 0),
    );
  });
}

function paired(first: readonly Rate[], second: readonly Rate[]): SeedsEstimate {
  return meanOverSeeds(
    first.map(({ perPrompt }, seed) =>
      perPrompt.map((value, prompt) => value - (second[seed]?.perPrompt[prompt] ?? Number.NaN)),
    ),
    { range: 2 },
  );
}

function unpaired(first: readonly Rate[], second: readonly Rate[], { prompts }: StudySize): SeedsEstimate {
  const error = ({ low = 0, high = 0 }: Partial<Rate> = {}): number => (high - low) / (2 * 1.96);
  return seedsInterval(
    first.map(({ rate }, seed) => rate - (second[seed]?.rate ?? Number.NaN)),
    meanOf(first.map((own, seed) => Math.hypot(error(own), error(second[seed])))),
    prompts,
  );
}

const width = ({ low, high }: SeedsEstimate): number => high - low;
