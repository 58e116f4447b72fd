import {
  differenceEuclidean,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  parse,
  wcagContrast,
} from 'culori';
import { describe, expect, test } from 'vitest';
import { customProperties, dashes, shapes } from './theme.js';

type Color = NonNullable<ReturnType<typeof parse>>;

const visions: readonly (readonly [string, (color: Color) => Color])[] = [
  ['full color vision', (color) => color],
  ['protanopia', filterDeficiencyProt(1)],
  ['deuteranopia', filterDeficiencyDeuter(1)],
  ['tritanopia', filterDeficiencyTrit(1)],
];

describe.each(['light', 'dark'] as const)('the methods’ colors on a %s page', (scheme) => {
  const hues = [...customProperties(scheme).matchAll(/--([^:]+):([^;]+);/g)].map(
    ([, name = '', color = '']) => ({
      name,
      color,
    }),
  );
  const series = hues.filter(({ name }) => name.startsWith('series-')).map(({ color }) => color);
  const card = hues.find(({ name }) => name === 'card')!.color;

  test.each(visions)('are told apart with %s', (_, seen) => {
    const colors = series.map((color) => seen(parse(color) as Color));
    const distance = differenceEuclidean('oklab');
    const distances = colors.flatMap((color, index) =>
      colors.slice(index + 1).map((other) => distance(color, other)),
    );
    // 0.02 is a difference that can just be seen.
    expect(Math.min(...distances)).toBeGreaterThan(0.1);
  });

  test('stand out from the card', () => {
    expect(Math.min(...series.map((color) => wcagContrast(color, card)))).toBeGreaterThan(3);
  });

  test('are as many as dashes and marks, none of them twice', () => {
    for (const looks of [series, dashes.map((dash) => dash.join()), shapes]) {
      expect(new Set(looks).size).toBe(series.length);
      expect(looks).toHaveLength(series.length);
    }
  });
});
