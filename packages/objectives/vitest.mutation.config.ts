import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

// Mutants run in a copy of the package below it, so the workspace is looked for upwards.
let root: string = import.meta.dirname;
while (!existsSync(join(root, 'pnpm-workspace.yaml'))) root = dirname(root);

const sources = ['@ais/source'];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: sources },
  ssr: { resolve: { conditions: sources } },
  test: {
    // Pages and pictures are no tests of the formulas.
    include: ['src/**/*.test.ts', 'test/*.test.ts'],
    setupFiles: [join(root, 'tools/vitest/use-backend.ts')],
    pool: 'forks',
    isolate: false,
    testTimeout: 60_000,
  },
});

export default config;
