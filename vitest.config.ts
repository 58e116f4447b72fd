import { defineConfig, type ViteUserConfig } from 'vitest/config';

// `@ais/source` resolves every workspace package to its TypeScript sources, so tests need no build.
const sources = ['@ais/source'];
const places = (packages: string): string[] => [
  `packages/${packages}/src/**/*.test.ts`,
  `packages/${packages}/test/**/*.test.ts`,
];
// Checks in a real browser and on WebGPU need what not every machine has: `pnpm check:browser`, `pnpm check:webgpu`.
const equipped = ['**/*-browser.test.ts', '**/*-webgpu.test.ts'];
// These switch back ends, end processes, or draw pictures (Vega counts what it has drawn in a process).
const alone = [
  ...places('cli'),
  'packages/runtime/src/{*,backends/*}.test.ts',
  'packages/objectives/test/docs/**/*.test.ts',
  // This replaces the trainer.
  'packages/studies/test/same-everywhere.test.ts',
];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: sources },
  ssr: { resolve: { conditions: sources } },
  test: {
    reporters: ['default', './tools/vitest/summary-reporter.ts'],
    pool: 'forks',
    // Vitest leaves a core to itself by default, of two every second one; it has little to do.
    maxWorkers: '100%',
    setupFiles: ['tools/vitest/use-backend.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: alone,
          exclude: ['**/node_modules/**', ...equipped],
        },
      },
      {
        extends: true,
        test: {
          name: 'together',
          // One start of the back end serves many files: loading it takes longer than most of them.
          isolate: false,
          include: [...places('*'), '{examples/*,benchmarks,tools/*}/src/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...equipped, ...alone],
        },
      },
    ],
  },
});

export default config;
