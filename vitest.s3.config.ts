import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

/** Tests that need an S3 server: PyPI's `moto`, which is installed for it (or `AIS_MOTO_SERVER` names it). Debian's `redis-server` too. */
const config: ViteUserConfig = equipped({
  include: ['packages/*/test/**/*-moto.test.ts'],
  globalSetup: ['packages/workflow/test/install-moto.ts'],
});

export default config;
