import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from './vitest.config';

const { projects, ...test } = workspace.test ?? {};

/** What needs a Redis server: Debian's `redis-server`. */
const config: ViteUserConfig = mergeConfig(
  { ...workspace, test },
  defineConfig({
    test: { include: ['packages/*/test/**/*-redis.test.ts', 'benchmarks/src/**/*-redis.test.ts'] },
  }),
);

export default config;
