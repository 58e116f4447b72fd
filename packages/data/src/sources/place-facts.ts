// The closed language of the places: one table from which prompts are written, and by which sentences are judged.

/** What can be said of a place. */
export type PlaceFactKind = 'name' | 'kind' | 'food' | 'near' | 'prices' | 'closed' | 'has';

/** One thing that is known of a place. */
export interface PlaceFact {
  readonly kind: PlaceFactKind;
  readonly value: string;
}

interface FactLanguage {
  /** How a prompt calls it. */
  readonly label: string;
  /** How much it matters; distinct, so that sentences that leave out different facts do not tie. */
  readonly weight: number;
  readonly values: readonly string[];
  /** Regular expressions of which one must fit for the fact to be stated; `{value}` stands for the value, as `wordsOf` writes it. */
  readonly statements: readonly string[];
  /** Whether the value alone, of another place, is an invention; otherwise only a statement of it is one. */
  readonly telling: boolean;
}

/** What a prompt may say, in its order. */
export const PLACE_FACTS: Readonly<Record<PlaceFactKind, FactLanguage>> = {
  name: {
    label: 'Name',
    weight: 1.3,
    values: [
      'The Blue Heron',
      'The Copper Kettle',
      'The Golden Lantern',
      'The Green Door',
      'The Old Mill',
      'The Paper Moon',
      'The Quiet Owl',
      'The Red Barn',
      'The Silver Fox',
      'The Stone Bridge',
    ],
    statements: ['{value}'],
    telling: true,
  },
  kind: {
    label: 'Kind',
    weight: 1.2,
    values: ['bakery', 'bar', 'bistro', 'café', 'diner', 'pub', 'restaurant', 'tavern'],
    statements: ['(?:a|an|the|this)(?: \\w+){0,4} {value}'],
    telling: true,
  },
  food: {
    label: 'Food',
    weight: 1.1,
    values: ['French', 'Greek', 'Indian', 'Italian', 'Japanese', 'Mexican', 'Spanish', 'Thai'],
    statements: [
      '(?:a|an|the|this)(?: \\w+){0,2} {value}',
      '(?:serves|serving|served|offers|offering|with|has)(?: \\w+){0,2} {value}',
      '{value} (?:food|cuisine|dishes|cooking|menu|meals)',
    ],
    telling: true,
  },
  near: {
    label: 'Near',
    weight: 1,
    values: [
      'the city center',
      'the harbor',
      'the market square',
      'the museum',
      'the old town',
      'the river',
      'the station',
      'the university',
    ],
    statements: ['(?:near|by|beside|nearby|close to|next to) {value}'],
    telling: true,
  },
  prices: {
    label: 'Prices',
    weight: 0.7,
    values: ['high', 'low', 'moderate'],
    statements: ['{value} (?:prices|price|priced)', '(?:prices|price) (?:are|is|that are) {value}'],
    telling: false,
  },
  closed: {
    label: 'Closed',
    weight: 0.8,
    values: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
    statements: ['closed (?:on |every |each |on every )?{value}'],
    telling: true,
  },
  has: {
    label: 'Has',
    weight: 0.9,
    values: ['fireplace', 'garden', 'library', 'playground', 'pool table', 'terrace'],
    statements: [
      '(?:with|has|have|having|features|featuring|offers|offering|includes|including|and) (?:a|an|its|the) {value}',
    ],
    telling: true,
  },
};

export const PLACE_FACT_KINDS: readonly PlaceFactKind[] = Object.keys(PLACE_FACTS) as PlaceFactKind[];

/** Words that say nothing of their own about a place, and may join facts to a sentence. */
export const JOINING_WORDS: ReadonlySet<string> = new Set(
  (
    'a an the is are it its this that which where you can there here and but also with has have having in on at by near nearby ' +
    'beside close next to for of every each day serves serving served offers offering offer features featuring includes ' +
    'including located situated found closed open prices price priced food cuisine dishes cooking menu meals called named place'
  ).split(' '),
);

/** Of these a sentence has one. */
export const SENTENCE_VERBS: ReadonlySet<string> = new Set(
  'is are has have serves serve offers offer features includes sits lies'.split(' '),
);

/** Words without accents, case, and punctuation, days as one: `A café, on Mondays!` → `a cafe on monday`. */
export function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[’']s\b/g, '');
  const words = plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => word.replace(/days$/, 'day'));
}
