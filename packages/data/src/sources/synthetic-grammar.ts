// The closed language of the synthetic posts: one table from which posts are written and by which they are read
// back. Every word is short and follows a space, so that a small byte-level BPE makes most of them one token.

export const NAMES = ['Ana', 'Ben', 'Eva', 'Kim', 'Lea', 'Max', 'Sam', 'Tom'] as const;
export const EVENTS = ['dinner', 'game', 'party', 'picnic', 'race', 'show', 'trip', 'walk'] as const;
export const DAYS = ['Monday', 'Tuesday', 'Friday', 'Saturday', 'Sunday'] as const;
export const PLACES = ['beach', 'cafe', 'club', 'farm', 'lake', 'park', 'pool'] as const;
export const ITEMS = ['bags', 'cakes', 'hats', 'pens'] as const;
export const COUNTS = ['2', '3', '4', '5', '6', '7', '8', '9'] as const;

export const SUBREDDITS = ['home', 'plans', 'team'] as const;

/** A kind of fact that a post can state. */
export type FactKind = 'event' | 'person' | 'day' | 'place' | 'supply';

/** The words of each kind; a supply is a count and an item, such as `3 cakes`. */
export const FACT_VALUES: Readonly<Record<FactKind, readonly string[]>> = {
  event: EVENTS,
  person: NAMES,
  day: DAYS,
  place: PLACES,
  supply: COUNTS.flatMap((count) => ITEMS.map((item) => `${count} ${item}`)),
};

/**
 * Sentences that state facts; `{kind}` stands for a value. They are about a plan: in the present, never with `was`
 * or `had`. Each template is told from every other by its words.
 */
export const FACT_SENTENCES: Readonly<
  Record<'plan' | 'day' | 'place' | 'supply', readonly [string, ...string[]]>
> = {
  plan: [
    'I plan a {event} with {person}.',
    'We have a {event} for {person}.',
    'It is a {event} with {person}.',
  ],
  day: ['It is on {day}.', 'We go on {day}.'],
  place: ['It is at the {place}.', 'We meet at the {place}.'],
  supply: ['I must bring {supply}.', 'We need {supply}.'],
};

/** Sentences about the past that name people, days, places and things which are no part of the plan. */
export const DECOY_SENTENCES: readonly [string, ...string[]] = [
  '{person} was at the {place}.',
  '{person} had {supply}.',
  'I was at the {place} on {day}.',
  'I had a {event} on {day}.',
];

/** Sentences without any such word. */
export const FILLER_SENTENCES: readonly [string, ...string[]] = [
  'My dog is old.',
  'My cat is loud.',
  'I am so tired.',
  'I am old.',
  'My car is so loud.',
  'I like my dog.',
  'I like my car.',
  'My cat is tired.',
];

/** What a summary says of each fact. */
export const SUMMARY_PHRASES: Readonly<Record<FactKind, string>> = {
  event: '{event}',
  person: 'with {person}',
  day: 'on {day}',
  place: 'at the {place}',
  supply: 'bring {supply}',
};

/** Words that people put into summaries and that say nothing. */
export const FILLER_WORDS = ['so', 'just', 'well'] as const;

/** Every word that a post or a summary of this language has. */
export const WORDS: ReadonlySet<string> = new Set(
  [
    ...[...Object.values(FACT_SENTENCES).flat(), ...DECOY_SENTENCES, ...FILLER_SENTENCES],
    ...Object.values(SUMMARY_PHRASES),
    ...FILLER_WORDS,
    ...NAMES,
    ...EVENTS,
    ...DAYS,
    ...PLACES,
    ...ITEMS,
    ...COUNTS,
  ]
    .join(' ')
    .match(/(?<![{\w])\w+(?![}\w])/g),
);
