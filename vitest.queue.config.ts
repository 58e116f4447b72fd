import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

/** Tests that need a Redis server: Debian's `redis-server`. */
const config: ViteUserConfig = equipped({
  include: ['packages/*/test/**/*-redis.test.ts', 'benchmarks/src/**/*-redis.test.ts'],
});

export default config;
