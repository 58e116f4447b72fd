import { library } from '@ais/build/tsup';

// Settings stand alone: a command line reads them before it knows whether a model is needed.
export default library({ entry: ['src/index.ts', 'src/settings/index.ts'] });
