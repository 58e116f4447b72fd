import { library } from '@ais/build/tsup';

// Worker processes load `stages` alone.
export default library({ entry: { index: 'src/index.ts', stages: 'src/stages/stages.ts' } });
