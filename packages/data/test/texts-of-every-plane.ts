import { createRandom, type Random } from '@ais/runtime/random';

/**
 * Texts that break tokenizers: blocks of 64 neighboring characters through all of Unicode, assigned or not, and random
 * mixtures of words, white space, quotes, digits, marks and characters of any plane.
 */
export function textsOfEveryPlane(options: {
  seed: number;
  /** Mixtures. */
  count: number;
  /** Take one block out of this many, and each one's neighbors by chance of the seed. */
  everyNthBlock: number;
}): string[] {
  const random = createRandom(options.seed, 'every plane');
  const blocks: string[] = [];
  for (
    let start = 64 * random.integer(options.everyNthBlock);
    start < 0x110000;
    start += 64 * options.everyNthBlock
  ) {
    const codes = Array.from({ length: 64 }, (_, index) => start + index);
    const characters = codes.filter(isCharacter).map((code) => String.fromCodePoint(code));
    blocks.push(characters.join(''), characters.join(' '), `a${characters.join('a1 ')}`);
  }
  const mixtures = Array.from({ length: options.count }, () =>
    Array.from({ length: random.integer(40) }, () => random.choice(KINDS)(random)).join(''),
  );
  return [...blocks, ...mixtures, ...EXTREMES].filter((text) => text !== '');
}

const isCharacter = (code: number): boolean => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);

function anyCharacter(random: Random): string {
  const plane = random.integer(17);
  const code = 0x10000 * plane + random.integer(0x10000);
  return isCharacter(code) ? String.fromCodePoint(code) : '\uFFFD';
}

const WORDS = [
  ...['the', 'lake', 'dinner', "we're", "it's", "I'LL", 'naïve', 'Straße', '東京', 'привет', '🙂'],
  ...[
    'e\u0301',
    'ﬁ',
    '\u1112\u1161\u11AB',
    'नमस्ते',
    '👩‍👩‍👧',
    '🇩🇪',
    'r/cooking',
    '<|endoftext|>',
    '<|padding|>',
    '</s>',
    '[SEP]',
    '<mask>',
    '[BOTH]',
    '<0x41>',
    '▁',
    'ΣΑΣ',
    'İstanbul',
    'ǅ',
    "I'ſ",
  ],
] as const;
const WHITE_SPACE = [
  ...[' ', '  ', '     ', '\n', '\n\n', '\t', '\r\n', '   \n  ', '\u00A0', '\u0085', '\uFEFF', '\u200B'],
  ...['\u180E', '\u3000', '\u2028', '\u2009', '\u000B', '\u000C', '\u001C', '\u205F'],
] as const;
const MARKS = ['\u0300', '\u0323', '\u20E3', '\uFE0F', '\u200D', '\u064B', '\u0345', '\u{1E6E3}'] as const;
const SIGNS = ["'s", "'", "''", '"', '...', '—', '$', '%%', "'D", 'ʼs'] as const;

const KINDS: readonly [(random: Random) => string, ...((random: Random) => string)[]] = [
  (random) => random.choice([WORDS[0], ...WORDS]),
  (random) => random.choice([WORDS[0], ...WORDS]),
  (random) => random.choice([WHITE_SPACE[0], ...WHITE_SPACE]),
  (random) => random.choice([WHITE_SPACE[0], ...WHITE_SPACE]),
  (random) => random.choice([MARKS[0], ...MARKS]),
  (random) => random.choice([SIGNS[0], ...SIGNS]),
  (random) => String(random.integer(1_000_000)),
  anyCharacter,
];

const EXTREMES = [
  ' '.repeat(200),
  '\n'.repeat(200),
  'x'.repeat(2000),
  '東京'.repeat(200),
  '🙂'.repeat(200),
  'a\n'.repeat(200),
  '\u0000\u0001\u001f',
  'e\u0301'.repeat(100),
];
