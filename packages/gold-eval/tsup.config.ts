import { library } from '@ais/build/tsup';

export default library({
  entry: ['src/index.ts', 'src/judges/index.ts', 'src/node/index.ts', 'src/statistics/index.ts'],
});
