import { expect, test } from 'vitest';
import { type LiveStage, shownStatus } from './live-status.js';

test('of a large study, a browser gets all counts, and the latest stages of each kind', () => {
  const stages = (['finished', 'waiting', 'running', 'failed'] as const).flatMap((state) =>
    Array.from({ length: 1_000 }, (_, number): LiveStage => ({ title: `${state} ${number}`, state })),
  );
  const counts = { finished: 1_000, running: 1_000, waiting: 1_000, failed: 1_000, unknown: 7 };
  const shown = shownStatus({ ...counts, stages });
  expect(shown).toMatchObject(counts);
  expect(shown.stages).toHaveLength(600);
  expect(shown.stages.at(-1)?.title).toBe('finished 999');
});

test('of a stage, a browser gets what the page shows, and no paths', () => {
  const stage = { title: 'SFT', state: 'failed', failure: 'No.', folder: '/secret' } as LiveStage;
  const { stages } = shownStatus({ running: 0, waiting: 0, failed: 1, stages: [stage] });
  expect(stages).toEqual([{ title: 'SFT', state: 'failed', failure: 'No.' }]);
});
