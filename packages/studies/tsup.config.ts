import { library } from '@ais/build/tsup';

// The worker is a program of its own: one process does one stage.
export default library({ entry: { index: 'src/index.ts', 'stage-worker': 'src/stages/stage-worker.ts' } });
