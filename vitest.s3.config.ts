import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from './vitest.config';

const { projects, ...test } = workspace.test ?? {};

/** What needs an S3 server: PyPI's `moto`, which is installed for it (or `AIS_MOTO_SERVER` names it). Debian's `redis-server` too. */
const config: ViteUserConfig = mergeConfig(
  { ...workspace, test },
  defineConfig({
    test: {
      include: ['packages/*/test/**/*-moto.test.ts'],
      globalSetup: ['packages/workflow/test/install-moto.ts'],
    },
  }),
);

export default config;
