import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Writes the number of tests that passed to the file that VITEST_SUMMARY names, and processor seconds to the one that VITEST_TIMES names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const { VITEST_SUMMARY: summary, VITEST_TIMES: times } = process.env;
    if (summary) {
      const passed = modules.reduce((sum, module) => sum + [...module.children.allTests('passed')].length, 0);
      writeFileSync(summary, `${passed}\n`);
    }
    if (times) {
      const rows = modules.map((module) => ({
        seconds: module.meta().processorSeconds ?? 0,
        file: module.relativeModuleId,
      }));
      rows.sort((a, b) => b.seconds - a.seconds);
      const total = rows.reduce((sum, { seconds }) => sum + seconds, 0);
      writeFileSync(
        times,
        [{ seconds: total, file: `${rows.length} files` }, ...rows]
          .map(({ seconds, file }) => `${seconds.toFixed(1).padStart(7)}  ${file}\n`)
          .join(''),
      );
    }
  }
}
