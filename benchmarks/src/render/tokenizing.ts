import type { TokenizingResult, TokenizingSideResult } from '../benchmarks/tokenizing.js';
import type { Spread } from '../measurement/spread.js';
import { conditions, digits, gigabytes, table, times } from './markdown.js';

export function renderTokenizing(result: TokenizingResult): string {
  const { settings, sides, charactersPerPost } = result;
  const speed = ({ median, minimum, maximum }: Spread): string =>
    `${digits(settings.posts / median)} (${digits(settings.posts / maximum)}–${digits(settings.posts / minimum)})`;
  const versus = (side: TokenizingSideResult): string =>
    sides.python ? times(side.truncatedPostsPerSecond / sides.python.truncatedPostsPerSecond) : '';
  const rows = [sides.javascript, sides.rust, sides.python].flatMap((side) =>
    side
      ? [
          [
            side.title,
            speed(side.wholeSeconds),
            speed(side.truncatedSeconds),
            versus(side),
            gigabytes(side.peakMemoryBytes),
          ],
        ]
      : [],
  );
  return [
    '## Tokenizing',
    '',
    `In each repetition ${digits(settings.posts)} other prompts of TL;DR's shape (${digits(charactersPerPost)} characters on average) with a byte-level BPE of ` +
      `${digits(settings.vocabularySize)} tokens, one after another on one thread: whole, and cut to ${settings.maxTokens} tokens by paragraphs. ` +
      'Posts a second: medians, with the extremes. All sides give the same tokens. `@ais/data` cuts by lower bounds and ' +
      'remembered words, the others by tokenizing again after each cut, as the reference implementation does.',
    '',
    table(['', 'whole', 'cut', 'cut, against Python', 'peak memory, GB'], rows),
    '',
    conditions(result),
  ].join('\n');
}
