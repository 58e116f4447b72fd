import { type FactsPrompt, factsSentence, promptFacts } from './facts-source.js';
import {
  JOINING_WORDS,
  PLACE_FACT_KINDS,
  PLACE_FACTS,
  type PlaceFact,
  SENTENCE_VERBS,
  wordsOf,
} from './place-facts.js';

/** How much each fault takes: a response of faults f keeps e^(−f) of what it covers. */
const FAULTS = {
  /** A value that another place has, or a name or number that the prompt does not have. */
  invented: 0.3,
  /** A word that is neither the prompt's nor joins facts to a sentence. */
  unsupported: 0.1,
  /** A word of a fact, or a pair of words, said again. */
  repeated: 0.15,
  /** A word beyond those that the facts need. */
  surplus: 0.03,
  /** A line break, colon, or mark of lists and emphasis: facts copied instead of told. */
  marked: 0.15,
  /** A sentence beyond the first. */
  further: 0.15,
  /** No verb, so that it is no sentence. */
  verbless: 0.7,
  /** An end that is none of a sentence. */
  unfinished: 0.4,
} as const;

/** What the shortest sentence gets. */
const BEST = 10;

/** Words beyond the shortest sentence's that are free: there are several good ways to say the same. */
const FREE_WORDS = 6;

/**
 * How well a response says in one sentence what is known of a place, by rule, from prompt and response alone.
 *
 * score = 10 · (Σ_f w_f·c_f / Σ_f w_f) · e^(−faults). f runs over the prompt's facts; c_f is 1 where the response states the
 * fact ("closed on Monday", "near the river"), ½ where it only has the value ("Monday"). The faults are 0.3 for each value
 * that another place has, and each name or number that the prompt does not have; 0.1 for each other word that is neither the
 * prompt's nor joins facts to a sentence; 0.15 for each word of a fact, or pair of words, that comes again; 0.03 for each word
 * beyond the shortest sentence's and six more; 0.15 for each line break, colon, or mark, and for each sentence after the
 * first; 0.7 without a verb; 0.4 without the end of a sentence. The greatest score is 10, that of `factsSentence`; the least
 * is 0, that of a response without any of the facts.
 *
 * So none of these pays: to say nothing, much, or the same again, to list values without saying what they are, to copy
 * the prompt, to praise, to make up details or words. What the rule does not see is the grammar between facts.
 *
 * @param record a record of `factsSource`; only its prompt is used
 * @param response any text
 * @returns the score, from 0 to 10; higher is better
 * @throws {DataError} `no-facts` as `promptFacts`
 * @example
 * factsScore({ prompt: 'Name: The Red Barn\nKind: pub' }, 'The Red Barn is a pub.'); // 10
 */
export function factsScore(record: FactsPrompt, response: string): number {
  const facts = promptFacts(record);
  const words = wordsOf(response);
  const faults = faultsOf(response.trim(), words, facts);
  const weighed = sum(Object.entries(faults).map(([fault, times]) => FAULTS[fault as keyof Faults] * times));
  return BEST * coverage(facts, words) * Math.exp(-weighed);
}

/** How often each is found. */
type Faults = Readonly<Record<keyof typeof FAULTS, number>>;

function faultsOf(response: string, words: readonly string[], facts: readonly PlaceFact[]): Faults {
  const ideal = wordsOf(factsSentence(facts));
  const given = new Set(facts.flatMap(({ value }) => wordsOf(value)));
  const invented = inventions(response, words, facts, given);
  const isOfFact = (word: string): boolean => given.has(word) && !isPlain(word);
  return {
    invented: invented.count,
    unsupported: words.filter((word) => !given.has(word) && !invented.words.has(word) && !isPlain(word))
      .length,
    repeated:
      saidAgain(words.filter(isOfFact), ideal.filter(isOfFact)) + saidAgain(pairsOf(words), pairsOf(ideal)),
    surplus: Math.max(0, words.length - ideal.length - FREE_WORDS),
    marked: countOf(response, /[\n:*#|_[\](){}<>]+/g),
    further: Math.max(0, countOf(response, /[.!?]+(?=\s|$)/g) - 1),
    verbless: words.some((word) => SENTENCE_VERBS.has(word)) ? 0 : 1,
    unfinished: /[.!?]$/.test(response) ? 0 : 1,
  };
}

const isPlain = (word: string): boolean => JOINING_WORDS.has(word) || SENTENCE_VERBS.has(word);

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** The weighted share of the facts that are stated. */
function coverage(facts: readonly PlaceFact[], words: readonly string[]): number {
  const text = spaced(words);
  const weightOf = ({ kind }: PlaceFact): number => PLACE_FACTS[kind].weight;
  const share = (fact: PlaceFact): number => (states(text, fact) ? 1 : has(text, fact.value) ? 0.5 : 0);
  return sum(facts.map((fact) => weightOf(fact) * share(fact))) / sum(facts.map(weightOf));
}

const spaced = (words: readonly string[]): string => ` ${words.join(' ')} `;

const has = (text: string, value: string): boolean => text.includes(spaced(wordsOf(value)));

function states(text: string, { kind, value }: PlaceFact): boolean {
  const plain = wordsOf(value).join(' ');
  return PLACE_FACTS[kind].statements.some((pattern) =>
    new RegExp(` ${pattern.replace('{value}', plain)} `).test(text),
  );
}

/** Values that another place has, and names and numbers of no place at all. */
function inventions(
  response: string,
  words: readonly string[],
  facts: readonly PlaceFact[],
  given: ReadonlySet<string>,
): { readonly count: number; readonly words: ReadonlySet<string> } {
  const text = spaced(words);
  const stated = new Map(facts.map(({ kind, value }) => [kind, value]));
  const values = PLACE_FACT_KINDS.flatMap((kind) => {
    const { values: all, telling } = PLACE_FACTS[kind];
    return all.filter(
      (value) => value !== stated.get(kind) && (telling ? has(text, value) : states(text, { kind, value })),
    );
  });
  const ofValues = new Set(values.flatMap(wordsOf));
  const names = namesOf(response).filter((word) => !given.has(word) && !ofValues.has(word) && !isPlain(word));
  return { count: values.length + names.length, words: new Set([...ofValues, ...names]) };
}

/** Numbers, and words that are capitalized inside a sentence. */
function namesOf(response: string): string[] {
  return (response.match(/(?<![.!?\n]\s*)(?<=[^\p{L}\p{N}])\p{Lu}[\p{L}\p{M}]*|\p{N}+/gu) ?? []).flatMap(
    wordsOf,
  );
}

function pairsOf(words: readonly string[]): string[] {
  return words.slice(1).map((word, index) => `${words[index]} ${word}`);
}

/** How often items come again, more often than in the shortest sentence. */
function saidAgain(items: readonly string[], ideal: readonly string[]): number {
  const left = new Map([...new Set(items)].map((item) => [item, 1]));
  for (const item of new Set(ideal)) left.set(item, ideal.filter((other) => other === item).length);
  return items.filter((item) => {
    const free = left.get(item) ?? 0;
    left.set(item, free - 1);
    return free <= 0;
  }).length;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
