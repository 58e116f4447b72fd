import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HoldOutKeys, holdOut } from './hold-out.js';
import { splitKeys } from './split-records.js';

interface Item {
  readonly prompt: string;
  readonly family?: string;
}

const items = fc.array(
  fc.record(
    { prompt: fc.constantFrom('a', 'A ', 'b', 'c', 'd', 'e', 'f'), family: fc.constantFrom('x', 'y', 'z') },
    { requiredKeys: ['prompt'] },
  ) as fc.Arbitrary<Item>,
  { maxLength: 60 },
);
const keysIn = (part: readonly Item[]): string[] => part.flatMap((item) => splitKeys(item));

describe('holdOut', () => {
  it('shares no prompt and no family between its parts, loses nothing, and keeps the order', () => {
    fc.assert(
      fc.property(items, fc.nat(70), fc.nat(), (all, wanted, seed) => {
        const { trained, heldOut } = holdOut(all, splitKeys, wanted, seed);
        const learned = new Set(keysIn(trained));
        expect(keysIn(heldOut).filter((key) => learned.has(key))).toEqual([]);
        expect(trained.length + heldOut.length).toBe(all.length);
        expect(all.filter((item) => trained.includes(item))).toEqual(trained);
        expect(all.filter((item) => heldOut.includes(item))).toEqual(heldOut);
      }),
      { numRuns: 500 },
    );
  });

  it('holds out as many as wanted where each item stands alone, and leaves something unless all are wanted', () => {
    fc.assert(
      fc.property(items, fc.nat(70), fc.nat(), (all, wanted, seed) => {
        const alone = holdOut(all, (item) => [String(all.indexOf(item))], wanted, seed);
        expect(alone.heldOut).toHaveLength(Math.min(wanted, all.length));
        const { trained } = holdOut(all, splitKeys, wanted, seed);
        if (wanted < all.length) expect(trained.length).toBeGreaterThan(0);
        else expect(trained).toEqual([]);
      }),
    );
  });

  it('holds nothing out where all items belong together', () => {
    const all = [{ prompt: 'a', family: 'x' }, { prompt: 'b', family: 'x' }, { prompt: 'B' }];
    expect(holdOut(all, splitKeys, 1, 1)).toEqual({ trained: all, heldOut: [] });
  });

  it('chooses the same groups whatever their order, and others with another seed', () => {
    const prompts = Array.from({ length: 40 }, (_, index) => `prompt ${index}`);
    const held = (all: readonly string[], seed: number): string[] =>
      [...holdOut(all, (prompt) => [prompt], 8, seed).heldOut].sort();
    expect(held(prompts, 1)).toHaveLength(8);
    expect(held([...prompts].reverse(), 1)).toEqual(held(prompts, 1));
    expect(held(prompts, 2)).not.toEqual(held(prompts, 1));
  });

  it('holds out the next group when one held-out item is not there any more', () => {
    const prompts = Array.from({ length: 20 }, (_, index) => `prompt ${index}`);
    const { heldOut } = holdOut(prompts, (prompt) => [prompt], 4, 1);
    const fewer = prompts.filter((prompt) => prompt !== heldOut[0]);
    expect(holdOut(fewer, (prompt) => [prompt], 4, 1).heldOut).toEqual(
      expect.arrayContaining(heldOut.slice(1) as string[]),
    );
  });

  it('names a group by its least first key, and does not take a family for a prompt of the same name', () => {
    const keysOf = ({ family, prompt }: Required<Item>): HoldOutKeys => [family, prompt];
    const alone = [
      { family: 'a', prompt: 'x' },
      ...Array.from({ length: 9 }, (_, n) => ({ family: `f${n}`, prompt: `p${n}` })),
    ];
    const more = [...alone, { family: 'z', prompt: 'x' }];
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const held = (all: typeof alone): boolean =>
        holdOut(all, keysOf, 3, seed).heldOut.some(({ family }) => family === 'a');
      expect(held(more)).toBe(held(alone));
    }
    const crossed = [
      { family: 'a', prompt: 'b' },
      { family: 'b', prompt: 'c' },
    ];
    expect(holdOut(crossed, keysOf, 1, 1).heldOut).toHaveLength(1);
  });
});
