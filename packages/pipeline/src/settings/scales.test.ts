import { paperRloo } from '@ais/trainer';
import { expect, test } from 'vitest';
import { paperOnline } from './scales.js';

test('RLOO learns in the presets as in the trainer', () => {
  const { batchSize, steps, learningRate, warmupFraction, schedule } = paperRloo;
  expect(paperOnline).toEqual({ batchSize, steps, learningRate, warmupFraction, schedule: schedule.name });
});
