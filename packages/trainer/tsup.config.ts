import { library } from '@ais/build/tsup';

// The thread that completes checkpoints is a program of its own.
export default library({ entry: ['src/index.ts', 'src/checkpoint-thread.ts'] });
