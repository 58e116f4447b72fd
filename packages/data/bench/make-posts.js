// Writes posts of TL;DR's shape as JSONL, to measure with: made-up words, as unevenly frequent as in prose, some 1,300
// characters in one to five paragraphs. The same arguments give the same posts.
//   node packages/data/bench/make-posts.js FILE [count] [seed]
import { closeSync, openSync, writeSync } from 'node:fs';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const [path, count = '117000', seed = '1'] = process.argv.slice(2);
if (path === undefined) {
  console.error('Usage: node packages/data/bench/make-posts.js FILE [count] [seed]');
  process.exit(2);
}
const random = xoroshiro128plus(Number(seed));
const below = (bound) => uniformInt(random, 0, bound - 1);
const times = (number, make) => Array.from({ length: number }, make);
const pick = (values) => values[below(values.length)];

const CONSONANTS = 'b c d f g h l m n p r s t v w st tr th sh'.split(' ');
const VOWELS = 'a e i o u ea ou y'.split(' ');
/** The frequent ones are short. */
const WORDS = times(30_000, (_, rank) =>
  times(1 + below(1 + Math.ceil(Math.log10(1 + rank) / 1.5)), () => pick(CONSONANTS) + pick(VOWELS)).join(''),
);
/** The k-th most frequent appears in proportion to 1/k. */
const word = () => WORDS[Math.floor(WORDS.length ** (below(2 ** 30) / 2 ** 30)) - 1];
const sentence = () => {
  const text = times(5 + below(20), word).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${below(5) > 0 ? '.' : '!'}`;
};
const paragraph = () => times(3 + below(4), sentence).join(' ');

const file = openSync(path, 'w');
for (let made = 0; made < Number(count); made++) {
  const post = {
    id: `post-${made}`,
    subreddit: word(),
    title: sentence(),
    post: times(1 + below(5), paragraph).join('\n\n'),
    summary: sentence(),
  };
  writeSync(file, `${JSON.stringify(post)}\n`);
}
closeSync(file);
