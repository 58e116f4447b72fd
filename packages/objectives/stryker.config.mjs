/** Mutation testing: `pnpm --filter @ais/objectives mutation`. The score is kept in docs/objectives/mutation.md. */
export default {
  testRunner: 'in-process',
  plugins: ['./test/mutation/runner.js'],
  mutate: ['src/**/*.ts', '!src/**/*.test.ts', '!src/**/index.ts'],
  coverageAnalysis: 'perTest',
  incremental: true,
  incrementalFile: 'reports/mutation-incremental.json',
  concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 1),
  timeoutMS: 60_000,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation.json' },
  thresholds: { high: 95, low: 90, break: 90 },
};
