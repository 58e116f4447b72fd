import { library } from '@ais/build/tsup';

export default library({ entry: ['src/bin.ts', 'src/side.ts', 'src/queue-stages.ts'] });
