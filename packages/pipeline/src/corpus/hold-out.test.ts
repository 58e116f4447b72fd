import fc from 'fast-check';
import { expect, it } from 'vitest';
import { holdOut } from './hold-out.js';

const items = fc.array(fc.record({ id: fc.nat(), prompt: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') }), {
  maxLength: 60,
});

it('holds out whole groups, loses nothing, and keeps the order', () => {
  fc.assert(
    fc.property(items, fc.nat(20), fc.nat(), (all, wanted, seed) => {
      const { trained, heldOut } = holdOut(all, ({ prompt }) => [prompt], wanted, seed);
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
    [...holdOut(all, (prompt) => [prompt], 8, seed).heldOut].sort();
  expect(held(prompts, 1)).toHaveLength(8);
  expect(held([...prompts].reverse(), 1)).toEqual(held(prompts, 1));
  expect(held(prompts, 2)).not.toEqual(held(prompts, 1));
});

it('holds out the next group when one held-out item is not there any more', () => {
  const prompts = Array.from({ length: 20 }, (_, index) => `prompt ${index}`);
  const { heldOut } = holdOut(prompts, (prompt) => [prompt], 4, 1);
  const fewer = prompts.filter((prompt) => prompt !== heldOut[0]);
  const after = holdOut(fewer, (prompt) => [prompt], 4, 1).heldOut;
  expect(after).toEqual(expect.arrayContaining(heldOut.slice(1) as string[]));
});

it('keeps together what shares any key, directly or through others', () => {
  const linked = fc.array(
    fc.record({
      family: fc.constantFrom('f', 'g', 'h', 'i', 'j', 'k'),
      prompt: fc.constantFrom('f', 'b', 'c', 'd', 'e'),
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(linked, fc.nat(8), fc.nat(), (all, wanted, seed) => {
      const { trained, heldOut } = holdOut(all, ({ family, prompt }) => [family, prompt], wanted, seed);
      for (const key of ['family', 'prompt'] as const) {
        const held = new Set(heldOut.map((item) => item[key]));
        expect(trained.some((item) => held.has(item[key]))).toBe(false);
      }
    }),
  );
});

it('names a group by its least first key, and does not take a family for a prompt of the same name', () => {
  const alone = [
    { family: 'a', prompt: 'x' },
    ...Array.from({ length: 9 }, (_, n) => ({ family: `f${n}`, prompt: `p${n}` })),
  ];
  const more = [...alone, { family: 'z', prompt: 'x' }];
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const held = (all: typeof alone): boolean =>
      holdOut(all, ({ family, prompt }) => [family, prompt], 3, seed).heldOut.some(
        ({ family }) => family === 'a',
      );
    expect(held(more)).toBe(held(alone));
  }
  const crossed = [
    { family: 'a', prompt: 'b' },
    { family: 'b', prompt: 'c' },
  ];
  expect(holdOut(crossed, ({ family, prompt }) => [family, prompt], 1, 1).heldOut).toHaveLength(1);
});
