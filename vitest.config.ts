import { defineConfig, type ViteUserConfig } from 'vitest/config';

// `@ais/source` resolves every workspace package to its TypeScript sources, so tests need no build.
const sources = ['@ais/source'];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: sources },
  ssr: { resolve: { conditions: sources } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
    // Checks in a real browser need one installed: `pnpm check:browser`.
    exclude: ['**/node_modules/**', '**/*-browser.test.ts'],
    setupFiles: ['tools/vitest/use-backend.ts'],
    pool: 'forks',
    reporters: ['default', './tools/vitest/summary-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

export default config;
