import { createRandom, type Random } from '@ais/runtime/random';
import type { ChatTemplate } from '../chat/chat-template.js';
import type { Message } from '../chat/message.js';
import { DataError } from '../errors.js';
import { readFaults } from '../records/read-report.js';
import type { PromptRecord, Source } from '../records/record.js';
import { noFacts } from './no-facts.js';
import { PLACE_FACT_KINDS, PLACE_FACTS, type PlaceFact, type PlaceFactKind } from './place-facts.js';

/** Options of `factsSource`. */
export interface FactsSourceOptions {
  seed: number;
  /** How many records. */
  count: number;
  /** Renders the request and its answer. */
  chatTemplate: ChatTemplate;
}

/** What always is known of a place. */
const ALWAYS: readonly PlaceFactKind[] = ['name', 'kind'];

/**
 * Requests to a chat model to say in one sentence what is known of a made-up place: its name and kind, and two or three of
 * food, neighborhood, prices, day off, and comforts, after an example of another place. Works anywhere, offline.
 *
 * The reference response is the shortest sentence that states all; `factsScore` judges any response by the facts of its prompt.
 *
 * @param options a seed and a count; the first n records of a seed are the same for every count
 * @returns the source; no two of its records have the same facts
 * @throws {DataError} `invalid-option` where the count is not an integer ≥ 0, or above what there are places for
 * @example
 * const [place] = await collectRecords(factsSource({ seed: 1, count: 1, chatTemplate: chatTemplates.chatml }));
 * console.log(place.prompt.includes('Write one sentence with these facts.')); // true
 */
export function factsSource({ seed, count, chatTemplate }: FactsSourceOptions): Source {
  if (!Number.isSafeInteger(count) || count < 0 || count > MOST_RECORDS) {
    throw new DataError(
      'invalid-option',
      `factsSource: count must be an integer from 0 to ${MOST_RECORDS}, got ${count}.`,
    );
  }
  createRandom(seed);
  return {
    name: 'facts',
    async *records(reading) {
      const faults = readFaults(reading);
      faults.recognize({ source: 'facts', template: chatTemplate, columns: {} });
      const seen = new Set<string>();
      for (let index = 0; index < count; index++) {
        let facts: readonly PlaceFact[];
        for (let attempt = 0; ; attempt++) {
          facts = drawFacts(createRandom(seed, 'facts', index, attempt));
          if (seen.has(factLines(facts))) continue;
          seen.add(factLines(facts));
          break;
        }
        const { prompt, responses } = chatTemplate.exchange({
          prompt: [...EXAMPLE, { role: 'user', content: factsRequest(facts) }],
          responses: [[{ role: 'assistant', content: factsSentence(facts) }]],
        });
        faults.give();
        yield { id: `facts-${seed}-${index}`, prompt, response: responses[0] ?? '' };
      }
    },
  };
}

/** Few enough that drawing new ones stays quick. */
const MOST_RECORDS = 100_000;

/** Shows a small model what is asked for. None of its values is one of the records'. */
const EXAMPLE: readonly Message[] = [
  { role: 'user', content: request('Name: The White Horse\nKind: hotel\nNear: the beach\nHas: sauna') },
  { role: 'assistant', content: 'The White Horse is a hotel near the beach with a sauna.' },
];

/**
 * What the user of a chat model asks.
 *
 * @example
 * console.log(factsRequest([{ kind: 'name', value: 'The Ship' }]).split('\n')[1]); // Name: The Ship
 */
export function factsRequest(facts: readonly PlaceFact[]): string {
  return request(factLines(facts));
}

function request(lines: string): string {
  return `Write one sentence with these facts.\n${lines}`;
}

/**
 * The shortest sentence that states every fact, which `factsScore` scores highest.
 *
 * @example
 * factsSentence([{ kind: 'name', value: 'The Red Barn' }, { kind: 'kind', value: 'pub' }]); // The Red Barn is a pub.
 */
export function factsSentence(facts: readonly PlaceFact[]): string {
  const known = new Map(facts.map(({ kind, value }) => [kind, value]));
  const kind = [known.get('food'), known.get('kind')].filter((word) => word !== undefined).join(' ');
  const article = /^[aeiou]/i.test(kind) ? 'an' : 'a';
  const near = known.has('near') ? ` near ${known.get('near')}` : '';
  const extras = [
    ...(known.has('has') ? [`a ${known.get('has')}`] : []),
    ...(known.has('prices') ? [`${known.get('prices')} prices`] : []),
  ];
  const comforts = extras.length > 0 ? ` with ${extras.join(' and ')}` : '';
  const closed = known.has('closed') ? `, closed on ${known.get('closed')}` : '';
  return `${known.get('name')} is ${article} ${kind}${near}${comforts}${closed}.`;
}

/** What of a record of `factsSource` says its facts: the prompt. */
export type FactsPrompt = Pick<PromptRecord, 'prompt'> & { readonly id?: string };

/**
 * The facts of a prompt of `factsSource`, whatever template rendered it.
 *
 * @throws {DataError} `no-facts` if there are none
 * @example
 * const [place] = await collectRecords(factsSource({ seed: 1, count: 1, chatTemplate: chatTemplates.chatml }));
 * console.log(promptFacts(place).map(({ kind }) => kind).includes('name')); // true
 */
export function promptFacts(record: FactsPrompt): PlaceFact[] {
  const facts = PLACE_FACT_KINDS.flatMap((kind): PlaceFact[] => {
    const { label, values } = PLACE_FACTS[kind];
    const [, value] = new RegExp(`^${label}: (${values.join('|')})(?![\\w ])`, 'm').exec(record.prompt) ?? [];
    return value === undefined ? [] : [{ kind, value }];
  });
  if (facts.length > 0) return facts;
  throw noFacts(record, 'facts');
}

function factLines(facts: readonly PlaceFact[]): string {
  return facts.map(({ kind, value }) => `${PLACE_FACTS[kind].label}: ${value}`).join('\n');
}

function drawFacts(random: Random): PlaceFact[] {
  const others = random.shuffle(PLACE_FACT_KINDS.filter((kind) => !ALWAYS.includes(kind)));
  const drawn = new Set([...ALWAYS, ...others.slice(0, random.uniform() < 0.5 ? 2 : 3)]);
  return PLACE_FACT_KINDS.filter((kind) => drawn.has(kind)).map((kind) => ({
    kind,
    value: random.choice(PLACE_FACTS[kind].values as readonly [string, ...string[]]),
  }));
}
