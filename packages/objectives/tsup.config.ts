import { library } from '@ais/build/tsup';

export default library({ entry: ['src/index.ts', 'src/contrib/index.ts', 'src/testing/index.ts'] });
