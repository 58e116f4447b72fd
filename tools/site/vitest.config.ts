import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The built site in Chromium: after `pnpm site build`. */
const config: ViteUserConfig = defineConfig({
  test: { include: ['tools/site/test/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 60_000 },
});

export default config;
