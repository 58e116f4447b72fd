import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

// `@ais/source` resolves every workspace package to its TypeScript sources, so tests need no build.
const sources = ['@ais/source'];
const places = (packages: string): string[] => [
  `packages/${packages}/src/**/*.test.ts`,
  `packages/${packages}/test/**/*.test.ts`,
];
// Checks in a real browser, on WebGPU, with Redis, MPI, and SLURM, and on an S3 server need what not every machine has: `pnpm check:browser`,
// `check:webgpu`, `check:queue`, `check:mpi`, `check:slurm`, `check:s3`. Following every page takes minutes: `check:pages`.
const equipped = [
  '**/*-browser.test.ts',
  '**/*-webgpu.test.ts',
  '**/*-redis.test.ts',
  '**/test/*-mpi.test.ts',
  '**/*-moto.test.ts',
  '**/*-slurm.test.ts',
  '**/*-followed.test.ts',
];
// These switch back ends, or draw pictures (Vega counts what it has drawn in a process).
const alone = [
  'packages/runtime/src/{*,backends/*}.test.ts',
  'packages/language-model/test/threads.test.ts',
  'packages/objectives/test/docs/**/*.test.ts',
  // These replace a module.
  'packages/pipeline/src/commands/scale-of-text.test.ts',
  'packages/studies/test/same-everywhere.test.ts',
];

// Modules that are compiled for one project serve the others; for other runs, too, where VITEST_MODULES names a folder, as the gate does. Not for
// longer: how a module finds another one is not looked up again.
const modules = process.env['VITEST_MODULES'] ?? mkdtempSync(join(tmpdir(), 'vitest-modules-'));
if (process.env['VITEST_MODULES'] === undefined)
  process.on('exit', () => rmSync(modules, { recursive: true, force: true }));

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: sources },
  ssr: { resolve: { conditions: sources } },
  test: {
    reporters: ['default', './tools/vitest/summary-reporter.ts'],
    pool: 'forks',
    experimental: { fsModuleCache: true, fsModuleCachePath: modules },
    // Vitest leaves a core to itself by default, of two every second one; it has little to do.
    maxWorkers: '100%',
    // The files that run side by side use the cores already.
    env: { AIS_THREADS: process.env['AIS_THREADS'] ?? '1' },
    sequence: { setupFiles: 'list' },
    setupFiles: ['tools/vitest/processor-time.ts', 'tools/vitest/use-backend.ts'],
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
      // One start of the back end, and of the command, serves many files: loading them takes longer than most files.
      {
        extends: true,
        test: {
          name: 'commands',
          isolate: false,
          include: places('cli'),
          exclude: ['**/node_modules/**', ...equipped],
        },
      },
      {
        extends: true,
        test: {
          name: 'together',
          isolate: false,
          include: [...places('*'), '{examples/*,benchmarks,tools/*}/src/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...equipped, ...alone, ...places('cli')],
        },
      },
    ],
  },
});

export default config;
