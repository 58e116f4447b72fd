import { library } from '@ais/build/tsup';

// The worker is a program of its own: one process runs one stage. It loads the stages of the suite alone.
export default library({
  entry: [
    ...[
      'src/index.ts',
      'src/stage-worker.ts',
      'src/bullmq/index.ts',
      'src/s3/index.ts',
      'src/slurm/index.ts',
    ],
    ...['src/testing/index.ts', 'src/testing/stages.ts'],
  ],
});
