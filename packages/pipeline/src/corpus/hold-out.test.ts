import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holdOut } from './hold-out.js';

const items = fc.array(fc.record({ id: fc.nat(), prompt: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') }), {
  maxLength: 60,
});

it('holds out whole groups, loses nothing, and keeps the order', () => {
  fc.assert(
    fc.property(items, fc.nat(20), fc.nat(), (all, wanted, seed) => {
      const { trained, heldOut } = holdOut(all, ({ prompt }) => prompt, wanted, seed);
      const prompts = new Set(heldOut.map(({ prompt }) => prompt));
      expect(trained.every(({ prompt }) => !prompts.has(prompt))).toBe(true);
      expect(heldOut.length).toBeGreaterThanOrEqual(Math.min(wanted, all.length));
      const order = (part: readonly (typeof all)[number][]): number[] =>
        part.map((item) => all.indexOf(item));
      for (const part of [trained, heldOut])
        expect(order(part)).toEqual([...order(part)].sort((a, b) => a - b));
      expect(trained.length + heldOut.length).toBe(all.length);
    }),
  );
});

it('chooses the same groups whatever their order, and others with another seed', () => {
  const prompts = Array.from({ length: 40 }, (_, index) => `prompt ${index}`);
  const held = (all: readonly string[], seed: number): string[] =>
    [...holdOut(all, (prompt) => prompt, 8, seed).heldOut].sort();
  expect(held(prompts, 1)).toHaveLength(8);
  expect(held([...prompts].reverse(), 1)).toEqual(held(prompts, 1));
  expect(held(prompts, 2)).not.toEqual(held(prompts, 1));
});

it('holds out the next group when one held-out item is not there any more', () => {
  const prompts = Array.from({ length: 20 }, (_, index) => `prompt ${index}`);
  const { heldOut } = holdOut(prompts, (prompt) => prompt, 4, 1);
  const fewer = prompts.filter((prompt) => prompt !== heldOut[0]);
  const after = holdOut(fewer, (prompt) => prompt, 4, 1).heldOut;
  expect(after).toEqual(expect.arrayContaining(heldOut.slice(1) as string[]));
});
