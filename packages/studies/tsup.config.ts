import { library } from '@ais/build/tsup';

// The worker is a program of its own: one process trains one method.
export default library({ entry: { index: 'src/index.ts', 'method-worker': 'src/demo/method-worker.ts' } });
