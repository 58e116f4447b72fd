import { library } from '@ais/build/tsup';

// The worker is a program of its own: one process runs one stage.
export default library({ entry: ['src/index.ts', 'src/stage-worker.ts'] });
