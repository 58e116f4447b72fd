import { library } from '@ais/build/tsup';

// The worker is a file of its own, because threads start from files.
export default library({ entry: ['src/index.ts', 'src/parquet-worker.js'] });
