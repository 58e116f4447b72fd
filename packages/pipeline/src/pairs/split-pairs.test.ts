import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characterTokenizer as tokenizer } from '../../test/character-tokenizer.js';
import { textLengths } from '../../test/text-lengths.js';
import { readPairs } from './read-pairs.js';
import { type PairsPart, splitPairs } from './split-pairs.js';

describe('splitPairs', () => {
  it('holds out whole prompts, wherever their pairs are in the file', async () => {
    const path = fileURLToPath(new URL('../../fixtures/held-out-same-prompts.jsonl', import.meta.url));
    const read = await readPairs(
      path,
      { tokenizer },
      { lengths: textLengths, retokenize: false, onWarning: () => undefined },
    );
    const { trained, heldOut } = splitPairs(read, 0.1, 1);
    const prompts = (part: PairsPart): Set<string> =>
      new Set([...part.pairs].map(({ prompt }) => prompt.join()));
    expect(trained.pairs.length + heldOut.pairs.length).toBe(read.pairs.length);
    expect(heldOut.pairs.length).toBeGreaterThanOrEqual(8);
    for (const prompt of prompts(heldOut)) expect(prompts(trained)).not.toContain(prompt);
  });

  it('keeps log-probabilities beside their pairs, and holds nothing out for a share of 0', () => {
    const pair = fc.record({
      prompt: fc.constantFrom([1], [2], [3], [4]),
      family: fc.constantFrom('f', 'g', undefined),
    });
    fc.assert(
      fc.property(
        fc.array(pair, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(0, 0.3, 0.9),
        (some, share) => {
          const pairs = some.map(({ prompt, family }, index) => ({
            id: `${index}`,
            prompt: [...prompt],
            chosen: [index],
            rejected: [0],
            ...(family !== undefined && { family }),
          }));
          const logProbs = pairs.map((_, index) => -index);
          const { trained, heldOut } = splitPairs(
            { pairs, behavior: { chosen: logProbs, rejected: logProbs } },
            share,
            7,
          );
          for (const { pairs: own, behavior } of [trained, heldOut]) {
            expect([...(behavior?.chosen ?? [])].map(Math.abs)).toEqual([...own].map(({ id }) => Number(id)));
          }
          if (share === 0) expect(heldOut.pairs).toEqual([]);
          const held = new Set([...heldOut.pairs].map(({ prompt }) => prompt.join()));
          expect([...trained.pairs].some(({ prompt }) => held.has(prompt.join()))).toBe(false);
          const families = new Set([...heldOut.pairs].flatMap(({ family }) => family ?? []));
          expect([...trained.pairs].some(({ family }) => family !== undefined && families.has(family))).toBe(
            false,
          );
        },
      ),
    );
  });
});
