// A process that trains, writes a checkpoint at every step, tells of each, and resumes wherever its folder is.
import { useBackend } from '@ais/runtime';
import { TINY } from './sizes.js';
import { trainSmall } from './small-run.js';

/** What the process tells. */
export type ChildReport =
  | { readonly type: 'start'; readonly step: number }
  | { readonly type: 'checkpoint'; readonly step: number }
  | { readonly type: 'done' };

const [directory = '', backend = 'wasm', steps = '1', keep = '2'] = process.argv.slice(2);
const tell = (report: ChildReport): void => {
  process.send?.(report);
};

await useBackend(backend);
await trainSmall(TINY, {
  directory,
  steps: Number(steps),
  checkpointEvery: 1,
  keepCheckpoints: Number(keep),
  callbacks: [
    {
      start: ({ step }) => tell({ type: 'start', step }),
      checkpoint: ({ step }) => tell({ type: 'checkpoint', step }),
    },
  ],
});
tell({ type: 'done' });
process.disconnect?.();
