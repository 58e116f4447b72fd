import { COUNTS, FACT_VALUES, type FactKind, ITEMS, SUMMARY_PHRASES, WORDS } from './synthetic-grammar.js';
import {
  FACT_ORDER,
  type SyntheticFact,
  type SyntheticPrompt,
  syntheticFacts,
  syntheticPost,
} from './synthetic-source.js';

/** How much each kind of fact matters; distinct, so that summaries that leave out different facts do not tie. */
const WEIGHTS: Readonly<Record<FactKind, number>> = {
  event: 1.3,
  person: 1.1,
  day: 1,
  place: 0.9,
  supply: 0.8,
};

const PENALTIES = {
  /** A detail that the post nowhere has. */
  invented: 1,
  /** A detail that the post has, but not of its plan. */
  misplaced: 0.7,
  /** A word that neither the language of the synthetic posts nor the post has. */
  unknown: 0.5,
  /** A detail said once more. */
  repeated: 0.4,
  /** A word beyond those that the stated facts need. */
  surplus: 0.15,
  /** A fact without the words that belong before it, such as a day without "on". */
  bare: 0.1,
  /** Two facts in the wrong order. */
  inverted: 0.05,
} as const;

/** What an empty summary gets. */
const EMPTY = -2;

/**
 * How good a summary of a synthetic post is, by rule: the truth that a learned gold model can be checked against.
 *
 * score = 4 · Σ_f w_f·c_f / Σ_f w_f − 1.0·invented − 0.7·misplaced − 0.5·unknown − 0.4·repeated − 0.15·surplus
 * − 0.1·bare − 0.05·inverted, and −2 for a summary without a word. f runs over the post's facts, with w = 1.3 for
 * the event, 1.1 person, 1.0 day, 0.9 place, 0.8 what to bring; c_f is 1 where the summary has the value (½ where it
 * has the thing to bring but not its count). Counted are: details that the post nowhere has (invented) or has of
 * something else (misplaced), words that are no words, details said again, words beyond those that the stated facts
 * need, facts without their preposition, and pairs of facts out of the order event, person, day, place, supply.
 * Case and punctuation do not count. The greatest score is 4, that of `idealSummary`.
 *
 * @param record a record of `syntheticSource`; only its prompt is used, whole, even where the policy saw a part of it
 * @param summary any text
 * @returns the score; higher is better
 * @throws {DataError} `no-facts` as `syntheticFacts`
 * @example
 * oracleScore(record, idealSummary(record)); // 4
 */
export function oracleScore(record: SyntheticPrompt, summary: string): number {
  const facts = syntheticFacts(record);
  const words = wordsOf(summary);
  if (words.length === 0) return EMPTY;
  const postWords = new Set(wordsOf(syntheticPost(record.prompt)));

  let covered = 0;
  let needed = 0;
  let bare = 0;
  const positions: number[] = [];
  for (const kind of FACT_ORDER) {
    const fact = facts.find((candidate) => candidate.kind === kind);
    if (fact === undefined) continue;
    const found = find(fact, words);
    if (found === undefined) continue;
    covered += found.share * WEIGHTS[kind];
    positions.push(found.position);
    const introduction = introductionOf(kind);
    const isIntroduced = introduction.every(
      (word, index) => words[found.position - introduction.length + index] === word,
    );
    needed += found.length + (isIntroduced ? introduction.length : 0);
    if (!isIntroduced) bare++;
  }
  const details = countDetails(facts, words, postWords);
  const unknown = words.filter((word) => !KNOWN.has(word) && !postWords.has(word)).length;
  const weight = facts.reduce((sum, { kind }) => sum + WEIGHTS[kind], 0);
  return (
    (4 * covered) / weight -
    PENALTIES.invented * details.invented -
    PENALTIES.misplaced * details.misplaced -
    PENALTIES.unknown * unknown -
    PENALTIES.repeated * details.repeated -
    PENALTIES.surplus * (words.length - needed) -
    PENALTIES.bare * bare -
    PENALTIES.inverted * inversions(positions)
  );
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const KNOWN: ReadonlySet<string> = new Set([...WORDS].map((word) => word.toLowerCase()));

/** Words that are details: the values of every kind, with counts and items apart. */
const DETAILS: ReadonlySet<string> = new Set(
  [FACT_VALUES.event, FACT_VALUES.person, FACT_VALUES.day, FACT_VALUES.place, COUNTS, ITEMS]
    .flat()
    .map((word) => word.toLowerCase()),
);

const introductionOf = (kind: FactKind): string[] =>
  SUMMARY_PHRASES[kind].split(' ').filter((word) => !word.startsWith('{'));

interface Finding {
  readonly position: number;
  readonly length: number;
  readonly share: number;
}

function find({ value }: SyntheticFact, words: readonly string[]): Finding | undefined {
  const wanted = wordsOf(value);
  const whole = words.findIndex((_, start) => wanted.every((word, index) => words[start + index] === word));
  if (whole >= 0) return { position: whole, length: wanted.length, share: 1 };
  const last = wanted.length > 1 ? words.indexOf(wanted.at(-1) as string) : -1;
  return last >= 0 ? { position: last, length: 1, share: 0.5 } : undefined;
}

function countDetails(
  facts: readonly SyntheticFact[],
  words: readonly string[],
  postWords: ReadonlySet<string>,
): { invented: number; misplaced: number; repeated: number } {
  const stated = new Set(facts.flatMap(({ value }) => wordsOf(value)));
  const seen = new Set<string>();
  const counts = { invented: 0, misplaced: 0, repeated: 0 };
  for (const word of words) {
    if (!DETAILS.has(word)) continue;
    if (seen.has(word)) counts.repeated++;
    else if (!stated.has(word)) counts[postWords.has(word) ? 'misplaced' : 'invented']++;
    seen.add(word);
  }
  return counts;
}

function inversions(positions: readonly number[]): number {
  return positions.reduce(
    (sum, position, index) => sum + positions.slice(0, index).filter((earlier) => earlier > position).length,
    0,
  );
}
