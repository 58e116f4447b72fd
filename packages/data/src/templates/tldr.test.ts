import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPrompt, formatResponse, parsePrompt, tldr } from './tldr.js';

describe('formatPrompt', () => {
  it('is the template, byte for byte', () => {
    expect(formatPrompt({ subreddit: 'cooking', title: 'Soup', post: 'I made soup.' })).toBe(
      'SUBREDDIT: r/cooking\n\nTITLE: Soup\n\nPOST: I made soup.\n\nTL;DR:',
    );
  });

  it('uses every field as it is, and ends without a space', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (subreddit, title, post) => {
        const prompt = formatPrompt({ subreddit, title, post });
        expect(prompt.startsWith(`SUBREDDIT: r/${subreddit}\n\nTITLE: ${title}\n\nPOST: ${post}`)).toBe(true);
        expect(prompt.endsWith('\n\nTL;DR:')).toBe(true);
        expect(prompt.length).toBe(subreddit.length + title.length + post.length + 38);
      }),
    );
  });

  it('inserts replacement patterns literally', () => {
    expect(formatPrompt({ subreddit: '$&', title: "$'", post: '$1' })).toContain(
      "r/$&\n\nTITLE: $'\n\nPOST: $1",
    );
  });
});

describe('formatResponse', () => {
  it('starts with exactly one space and ends without any', () => {
    fc.assert(
      fc.property(fc.string(), (summary) => {
        expect(formatResponse(summary)).toMatch(/^ (?:\S(?:[\s\S]*\S)?)?$/);
        expect(formatResponse(summary).slice(1)).toBe(summary.trim());
      }),
    );
  });
});

describe('tldr', () => {
  it('lets the post be cut', () => {
    const { text, cut } = tldr.prompt({ subreddit: 'cooking', title: 'Soup', post: 'I made soup.' });
    expect(text.slice(...(cut ?? []))).toBe('I made soup.');
  });

  it('is taken apart as it is put together', () => {
    const fields = fc.record({
      subreddit: fc.string().filter((text) => !text.includes('\n')),
      title: fc.string().filter((text) => !text.includes('\n')),
      post: fc.string(),
    });
    fc.assert(
      fc.property(fields, (post) => {
        expect(parsePrompt(formatPrompt(post))).toEqual(post);
      }),
    );
    expect(parsePrompt('Question: Why?\nAnswer:')).toBeUndefined();
  });
});
