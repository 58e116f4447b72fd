import { createRandom, type Random } from '@ais/runtime/random';
import { DataError } from '../errors.js';
import { contentHash } from '../records/content-hash.js';
import { readFaults } from '../records/read-report.js';
import type { PromptRecord, Source } from '../records/record.js';
import type { Template } from '../templates/template.js';
import { parsePrompt, tldr } from '../templates/tldr.js';
import { noFacts } from './no-facts.js';
import { type Post, textRecordOf } from './post.js';
import {
  COUNTS,
  DAYS,
  DECOY_SENTENCES,
  EVENTS,
  FACT_SENTENCES,
  FACT_VALUES,
  type FactKind,
  FILLER_SENTENCES,
  FILLER_WORDS,
  ITEMS,
  NAMES,
  PLACES,
  SUBREDDITS,
  SUMMARY_PHRASES,
} from './synthetic-grammar.js';

/** Options of `syntheticSource`. */
export interface SyntheticSourceOptions {
  seed: number;
  /** How many records. */
  count: number;
  /** What renders subreddit, title, post and summary; `tldr` by default. */
  template?: Template;
}

/** A fact that a post states about its plan. */
export interface SyntheticFact {
  readonly kind: FactKind;
  readonly value: string;
}

/**
 * Procedural posts about plans, with reference summaries as people write them. Works anywhere, offline.
 *
 * A post says what is planned with whom, and two or three of when, where and what to bring, among sentences that
 * say nothing and, often, one about the past that names other people, days, places or things. The reference
 * summary is imperfect on purpose: it always names the event, the person in 95 %, the first other fact in 85 % and
 * each later one in 38 % of the records; 20 % have a filler word, and 5 % take one detail from the past. So a policy
 * that imitates it well wins against it less than half the time, and one that states every fact most of the time;
 * `oracleScore` judges.
 *
 * @param options a seed and a count; the first n records of a seed are the same for every count
 * @returns the source; no two of its records have the same post
 * @throws {DataError} `invalid-option` where the count is not an integer ≥ 0
 * @example
 * for await (const record of syntheticSource({ seed: 17, count: 3 }).records()) console.log(record.prompt);
 */
export function syntheticSource({ seed, count, template = tldr }: SyntheticSourceOptions): Source {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new DataError('invalid-option', `syntheticSource: count must be an integer ≥ 0, got ${count}.`);
  }
  createRandom(seed);
  return {
    name: 'synthetic',
    async *records(reading) {
      const faults = readFaults(reading);
      faults.recognize({ source: 'synthetic', template, columns: {} });
      const seen = new Set<string>();
      for (let index = 0; index < count; index++) {
        let record: Post;
        for (let attempt = 0; ; attempt++) {
          record = writeRecord(seed, index, attempt);
          const hash = contentHash(record.post);
          if (seen.has(hash)) continue;
          seen.add(hash);
          break;
        }
        faults.give();
        yield textRecordOf(record, template);
      }
    },
  };
}

/** What of a record of `syntheticSource` says its facts: the prompt. */
export type SyntheticPrompt = Pick<PromptRecord, 'prompt'> & { readonly id?: string };

/**
 * The facts that a synthetic post states about its plan, read back from the sentences of its TL;DR prompt.
 *
 * @param record a record of `syntheticSource`, however its prompt was stored or cut in between
 * @returns event and person, then the others in the order in which the post has them
 * @throws {DataError} `no-facts` where the prompt does not state a plan as those of `syntheticSource` do
 * @example
 * const [plan] = await collectRecords(syntheticSource({ seed: 1, count: 1 }));
 * console.log(syntheticFacts(plan)[0].kind); // event
 */
export function syntheticFacts(record: SyntheticPrompt): SyntheticFact[] {
  return factsOf(syntheticPost(record.prompt), record.id);
}

/** The post in a TL;DR prompt; a text that is not one is taken for the post. */
export function syntheticPost(prompt: string): string {
  return parsePrompt(prompt)?.post ?? prompt;
}

function factsOf(post: string, id?: string): SyntheticFact[] {
  const facts: SyntheticFact[] = [];
  for (const sentence of post.match(/[^.]+\./g) ?? []) {
    for (const pattern of FACT_PATTERNS) {
      const groups = pattern.exec(sentence.trim())?.groups;
      if (groups === undefined) continue;
      for (const [kind, value] of Object.entries(groups)) facts.push({ kind: kind as FactKind, value });
      break;
    }
  }
  facts.sort((a, b) => Number(isPlan(b)) - Number(isPlan(a)));
  if (facts.length < 2 || !facts.slice(0, 2).every(isPlan)) {
    throw noFacts({ id, prompt: post }, 'synthetic');
  }
  return facts;
}

/**
 * The summary that states every fact in the shortest way, which `oracleScore` scores highest.
 *
 * @param record a record of `syntheticSource`
 * @returns the summary, such as `dinner with Ana on Friday at the lake`
 * @throws {DataError} `no-facts` as `syntheticFacts`
 * @example
 * const [plan] = await collectRecords(syntheticSource({ seed: 1, count: 1 }));
 * console.log(idealSummary(plan).length > 0); // true
 */
export function idealSummary(record: SyntheticPrompt): string {
  return phrases(syntheticFacts(record)).join(' ');
}

/** The order in which summaries state facts. */
export const FACT_ORDER: readonly FactKind[] = ['event', 'person', 'day', 'place', 'supply'];

const isPlan = ({ kind }: SyntheticFact): boolean => kind === 'event' || kind === 'person';

const FACT_PATTERNS: readonly RegExp[] = Object.values(FACT_SENTENCES)
  .flat()
  .map((template) => {
    const pattern = template
      .replace('.', '\\.')
      .replace(/\{(\w+)\}/g, (_, kind: FactKind) => `(?<${kind}>${FACT_VALUES[kind].join('|')})`);
    return new RegExp(`^${pattern}$`);
  });

function phrases(facts: readonly SyntheticFact[]): string[] {
  return [...facts]
    .sort((a, b) => FACT_ORDER.indexOf(a.kind) - FACT_ORDER.indexOf(b.kind))
    .map(({ kind, value }) => SUMMARY_PHRASES[kind].replace(`{${kind}}`, value));
}

function writeRecord(seed: number, index: number, attempt: number): Post {
  const random = createRandom(seed, 'synthetic', index, attempt);
  const plan = values(random);
  const past = values(random);
  const others = random.shuffle(['day', 'place', 'supply'] as const).slice(0, random.uniform() < 0.6 ? 2 : 3);
  const hasDecoy = random.uniform() < 0.6;

  const sentences = random.shuffle([
    write(random.choice(FACT_SENTENCES.plan), plan),
    ...others.map((kind) => write(random.choice(FACT_SENTENCES[kind]), plan)),
    random.choice(FILLER_SENTENCES),
    ...(hasDecoy ? [write(random.choice(DECOY_SENTENCES), past)] : []),
  ]);
  const post = sentences.join(' ');
  const id = `synthetic-${seed}-${index}`;
  return {
    id,
    subreddit: random.choice(SUBREDDITS),
    title: `my ${plan.event}`,
    post,
    summary: writeSummary(random, factsOf(post, id), past),
  };
}

function values(random: Random): Record<FactKind, string> {
  return {
    event: random.choice(EVENTS),
    person: random.choice(NAMES),
    day: random.choice(DAYS),
    place: random.choice(PLACES),
    supply: `${random.choice(COUNTS)} ${random.choice(ITEMS)}`,
  };
}

function write(template: string, plan: Record<FactKind, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, kind: FactKind) => plan[kind]);
}

function writeSummary(
  random: Random,
  facts: readonly SyntheticFact[],
  past: Record<FactKind, string>,
): string {
  const chances = [1, 0.95, 0.85, 0.38, 0.38];
  const stated = facts.filter((_, index) => random.uniform() < (chances[index] ?? 0));
  if (random.uniform() < 0.05) {
    const index = random.integer(stated.length);
    const { kind } = stated[index] as SyntheticFact;
    stated[index] = { kind, value: past[kind] };
  }
  const words = phrases(stated);
  if (random.uniform() < 0.2) words.splice(random.integer(words.length + 1), 0, random.choice(FILLER_WORDS));
  return words.join(' ');
}
