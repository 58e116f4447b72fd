import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@ais/runtime/files';
import type { ResultHeader } from '../measurement/context.js';
import type { Benchmark } from './benchmark.js';

/** Writes a result as `<folder>/<name>.json`, whole or not at all. */
export async function writeResult(folder: string, { name }: Benchmark, result: ResultHeader): Promise<void> {
  await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** The page of the documentation, made from the results that a folder holds. */
export async function renderPage(folder: string, benchmarks: readonly Benchmark[]): Promise<string> {
  const sections: string[] = [];
  for (const benchmark of benchmarks) {
    const text = await readFile(join(folder, `${benchmark.name}.json`), 'utf8').catch(() => undefined);
    if (text !== undefined) sections.push(benchmark.render(JSON.parse(text) as ResultHeader));
  }
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Benchmarks

<!-- Made by \`pnpm bench\` from benchmarks/results: change the benchmarks, not this page. -->

Speed and memory side by side with what one would use instead, in Python: the same random weights, the same tokens, the
same number of threads and float32 on both sides. Each side runs in a process of its own, the sides take turns, and the
order is reversed from one repetition to the next. Peak memory is the most that a side's process ever had resident.

\`\`\`sh
npx -y pnpm bench all                  # all of it, some 25 minutes; \`pnpm bench --help\` says what else
npx -y pnpm bench preference --json    # one; ends with a line of JSON
\`\`\`

The first run makes a Python environment with the other side's libraries in the user's cache.`;
