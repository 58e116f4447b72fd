import { expect, test } from 'vitest';
import { checkExactSettings } from './check-exact-settings.js';
import { type ExactLevels, exactPreset, upTo } from './exact-settings.js';

const tiny = { study: 'exact', scale: 'tiny', ...exactPreset('tiny') } as const;

const withLevels = (levels: Partial<ExactLevels>) => ({
  ...tiny,
  exact: { ...tiny.exact, levels: { ...tiny.exact.levels, ...levels } },
});

test('seeds in a row are fine wherever they begin, and so are looks that end at all of them', () => {
  for (const seeds of [[1], [4, 5, 6]]) expect(() => checkExactSettings({ ...tiny, seeds })).not.toThrow();
  expect(() => checkExactSettings({ ...tiny, seeds: upTo(4), looks: [2, 4] })).not.toThrow();
});

test.each([
  [{ ...tiny, seeds: [1, 2, 5] }, /seeds: .* in a row, got 1, 2, 5/],
  [{ ...tiny, seeds: [2, 1] }, /seeds: .* in a row, got 2, 1/],
  [{ ...tiny, seeds: [1, 1] }, /seeds: .* in a row, got 1, 1/],
  [{ ...tiny, seeds: [4, 5, 6], looks: [40, 120] }, /looks: the last one must be all 3 seeds, got 40, 120/],
  [withLevels({ betas: [0.01, 0.01] }), /exact\.levels\.betas: expected each level once, got 0.01, 0.01/],
  [withLevels({ contexts: ['full', 'full'] }), /exact\.levels\.contexts: /],
])('what would be counted or named wrongly is refused: %#', (settings, message) => {
  expect(() => checkExactSettings(settings)).toThrow(message);
  expect(() => checkExactSettings(settings)).toThrow(
    expect.objectContaining({ code: 'invalid-settings', exit: 'usage' }),
  );
});
