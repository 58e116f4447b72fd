import { library } from '@ais/build/tsup';

// The workers are files of their own, because threads start from files.
export default library({ entry: ['src/index.ts', 'src/parquet-worker.js', 'src/part-worker.ts'] });
