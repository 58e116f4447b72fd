// A process that trains, resumes wherever its folder is, and stops with a checkpoint at a step or after a time.
import { join } from 'node:path';
import { useBackend } from '@ais/runtime';
import { constantSchedule, TrainingInterrupted } from '@ais/trainer';
import { MOST_STEPS, type SizeOfHours, sizeOfHours } from './size-of-hours.js';
import { trainSmall } from './small-run.js';

const [directory = '', backend = '', size = '', lastStep = '', seconds = ''] = process.argv.slice(2);
const stop = new AbortController();
const started = performance.now();

await useBackend(backend);
try {
  await trainSmall(sizeOfHours(size as SizeOfHours), {
    directory,
    steps: MOST_STEPS,
    learningRate: 1e-5,
    schedule: constantSchedule(),
    warmupFraction: 0,
    checkpointEvery: 20,
    keepCheckpoints: 1,
    signal: stop.signal,
    referencePath: join(directory, '..', 'reference.json'),
    callbacks: [
      {
        step({ step }) {
          if (step >= Number(lastStep) || performance.now() - started >= 1000 * Number(seconds)) stop.abort();
        },
      },
    ],
  });
} catch (error) {
  if (!(error instanceof TrainingInterrupted)) throw error;
}
