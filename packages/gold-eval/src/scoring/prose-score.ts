import { GoldEvalError } from '../errors.js';
import { meanWithError } from '../statistics/mean-error.js';

/** A response with what a rule needs to judge its prose. */
export interface ProseResponse {
  /** The prompt, or whatever the response is to be about. */
  readonly source: string;
  readonly response: string;
  /** Mean log-probability of its tokens, in nats, under a language model that no policy is trained with or against. */
  readonly logProbPerToken: number;
}

/** A mean and a standard deviation. */
interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** What responses by people are like. */
export interface TypicalProse {
  /** Of ln(1 + words). */
  readonly logWords: Spread;
  readonly logProbPerToken: Spread;
  /** Distinct content words, on average. */
  readonly contentWords: number;
  /** Of the share of their pairs of neighboring words that the source has too. */
  readonly copied: Spread;
}

/** How much each fault takes; full coverage gives 4. */
const COVERAGE = 4;
const REPETITION = 4;
const COPYING = 4;

/** Standard deviations from what is typical that are free. */
const FREE = 1;
const FREE_COPYING = 2;

/**
 * What is typical of responses by people, for {@link proseScore}.
 *
 * @throws {GoldEvalError} `invalid-lengths` for fewer than two
 * @example
 * const typical = typicalProse([
 *   { source: 'A dinner on Friday.', response: 'Dinner on Friday.', logProbPerToken: -2 },
 *   { source: 'A lunch at noon.', response: 'Lunch at noon.', logProbPerToken: -2.5 },
 * ]);
 * console.log(Object.keys(typical).length > 0); // true
 */
export function typicalProse(references: readonly ProseResponse[]): TypicalProse {
  if (references.length < 2) {
    throw new GoldEvalError(
      'invalid-lengths',
      `what is typical needs at least two references, got ${references.length}.`,
    );
  }
  const contents = references.map(({ response }) => contentWords(response).size);
  return {
    logWords: spread(references.map(logWords)),
    logProbPerToken: spread(references.map(({ logProbPerToken }) => logProbPerToken)),
    contentWords: contents.reduce((sum, count) => sum + count, 0) / references.length,
    copied: spread(references.map(copied)),
  };
}

/**
 * How good a response is as prose about its source, by rule: what nonsense that pleases a learned judge does not please.
 *
 * score = 4·coverage − 4·repetition − 4·copying − max(0, |z_length| − 1) − max(0, −z_model − 1)
 *
 * - coverage: the share of the source's content words (four letters or more, no function words) that the response has, of at most
 *   half as many as a typical response has;
 * - repetition: the share of its pairs of neighboring words that come again;
 * - copying: the share of its pairs of neighboring words that the source has, beyond two standard deviations above what is typical:
 *   the whole prompt said again covers it, and says nothing;
 * - z_length: how many standard deviations ln(1 + words) is from what is typical;
 * - z_model: the same of the mean log-probability of its tokens; only responses less likely than typical lose by it.
 *
 * @returns at most 4; higher is better
 * @example
 * const typical = { logWords: { mean: 2, deviation: 0.3 }, logProbPerToken: { mean: -3, deviation: 0.5 }, contentWords: 4, copied: { mean: 0.1, deviation: 0.1 } };
 * const source = 'library for reading images';
 * console.log(proseScore({ source, response: 'A library that reads images from files.', logProbPerToken: -3 }, typical)); // 4
 * console.log(proseScore({ source, response: 'eraaaa eraaaa eraaaa', logProbPerToken: -9 }, typical) < -10); // true
 */
export function proseScore(item: ProseResponse, typical: TypicalProse): number {
  const zLength = standardized(logWords(item), typical.logWords);
  const zModel = standardized(item.logProbPerToken, typical.logProbPerToken);
  return (
    COVERAGE * coverage(item, typical) -
    REPETITION * repetition(wordsOf(item.response)) -
    COPYING * Math.max(0, copied(item) - typical.copied.mean - FREE_COPYING * typical.copied.deviation) -
    Math.max(0, Math.abs(zLength) - FREE) -
    Math.max(0, -zModel - FREE)
  );
}

function coverage({ source, response }: ProseResponse, typical: TypicalProse): number {
  const wanted = contentWords(source);
  const most = Math.max(1, Math.min(wanted.size, typical.contentWords / 2));
  const found = contentWords(response);
  return Math.min(1, [...wanted].filter((word) => found.has(word)).length / most);
}

/** The share of the pairs of neighboring words that the source has. */
function copied({ source, response }: ProseResponse): number {
  const pairs = pairsOf(wordsOf(response));
  const known = new Set(pairsOf(wordsOf(source)));
  return pairs.length === 0 ? 0 : pairs.filter((pair) => known.has(pair)).length / pairs.length;
}

/** The share of the pairs of neighboring words that occurred before. */
function repetition(words: readonly string[]): number {
  const pairs = pairsOf(words);
  return pairs.length === 0 ? 0 : 1 - new Set(pairs).size / pairs.length;
}

function contentWords(text: string): ReadonlySet<string> {
  return new Set(wordsOf(text).filter((word) => word.length >= 4 && !FUNCTION_WORDS.has(word)));
}

const pairsOf = (words: readonly string[]): string[] =>
  words.slice(1).map((word, index) => `${words[index]} ${word}`);

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const logWords = ({ response }: ProseResponse): number => Math.log1p(wordsOf(response).length);

function spread(values: readonly number[]): Spread {
  const { mean, standardError } = meanWithError(values);
  return { mean, deviation: standardError * Math.sqrt(values.length) };
}

const standardized = (value: number, { mean, deviation }: Spread): number =>
  (value - mean) / Math.max(deviation, 1e-6);

/** Words of four letters and more that say nothing of what a text is about. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'about after also been before being between both could does each either even from have having here into itself just like ' +
    'many more most much must only other over same several should some such than that their them then there these they this ' +
    'those through under until upon very well were what when where which while will with within without would your'
  ).split(' '),
);
