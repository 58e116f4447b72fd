import { createRandom, type Random } from '@ais/runtime';

/** A post of TL;DR's shape. */
export interface Post {
  readonly id: string;
  readonly subreddit: string;
  readonly title: string;
  readonly post: string;
  readonly summary: string;
}

const CONSONANTS = [
  'b',
  'c',
  'd',
  'f',
  'g',
  'h',
  'l',
  'm',
  'n',
  'p',
  'r',
  's',
  't',
  'v',
  'w',
  'st',
  'tr',
  'th',
  'sh',
];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou', 'y'];
const WORDS = 30_000;

/**
 * Posts of TL;DR's shape: some 1,100 characters in one to five paragraphs of a few sentences, with words as unevenly frequent as in prose (the k-th most frequent appears in proportion to 1/k).
 *
 * The words are made up: prose that could be shared would have to be downloaded, and what a tokenizer's speed
 * depends on is how often words come back and how long they are.
 */
export function syntheticPosts(count: number, seed: number): Post[] {
  const random = createRandom(seed, 'synthetic-posts');
  const words = vocabulary(random);
  const word = (): string => words[Math.floor(words.length ** random.uniform()) - 1] ?? 'a';
  const sentence = (): string => {
    const text = Array.from({ length: 5 + random.integer(20) }, word).join(' ');
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${random.uniform() < 0.8 ? '.' : '!'}`;
  };
  const paragraph = (): string => Array.from({ length: 2 + random.integer(5) }, sentence).join(' ');
  return Array.from({ length: count }, (_, index) => ({
    id: `post-${index}`,
    subreddit: word(),
    title: sentence(),
    post: Array.from({ length: 1 + random.integer(5) }, paragraph).join('\n\n'),
    summary: sentence(),
  }));
}

/** Words of one to four syllables, the frequent ones short. */
function vocabulary(random: Random): string[] {
  const pick = (values: readonly string[]): string => values[random.integer(values.length)] ?? '';
  return Array.from({ length: WORDS }, (_, rank) => {
    const syllables = 1 + Math.min(3, Math.floor(Math.log10(1 + rank) * random.uniform() * 1.4));
    return Array.from({ length: syllables }, () => pick(CONSONANTS) + pick(VOWELS)).join('');
  });
}
