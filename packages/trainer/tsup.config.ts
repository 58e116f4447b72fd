import { library } from '@ais/build/tsup';

// The thread that completes checkpoints is a program of its own, beside what starts it.
export default library({
  entry: {
    index: 'src/index.ts',
    inference: 'src/inference.ts',
    loop: 'src/loop.ts',
    runs: 'src/runs.ts',
    'in-memory': 'src/in-memory.ts',
    testing: 'src/testing.ts',
    'checkpoint-thread': 'src/run/checkpoint-thread.ts',
  },
});
