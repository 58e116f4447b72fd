import { library } from '@ais/build/tsup';

export default library({ entry: ['src/redis-server.ts'] });
