import { library } from '@ais/build/tsup';

export default library({ entry: ['src/index.ts'] });
