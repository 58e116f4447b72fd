import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@ais/runtime/files';
import type { ResultHeader } from '../measurement/context.js';
import type { Benchmark } from './benchmark.js';

/** Writes a result as `<folder>/<name>.json`, whole or not at all. */
export async function writeResult(folder: string, name: string, result: ResultHeader): Promise<void> {
  await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** The page of the documentation, made from the results that a folder holds. */
export async function renderPage(folder: string, benchmarks: readonly Benchmark[]): Promise<string> {
  const sections: string[] = [];
  const files = (await readdir(folder)).sort();
  for (const { name, render } of benchmarks) {
    for (const file of files.filter((each) => each === `${name}.json` || each.startsWith(`${name}-`))) {
      const text = await readFile(join(folder, file), 'utf8');
      sections.push(render(JSON.parse(text) as ResultHeader));
    }
  }
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Benchmarks

<!-- Made by \`pnpm bench\` from benchmarks/results: change the benchmarks, not this page. -->

Speed and memory side by side with what one would use instead, in Python: the same random weights, the same tokens, the
same number of threads and float32 on both sides. Each side runs in a process of its own, the sides take turns, and the
order is reversed from one repetition to the next. Peak memory is the most that a side's process ever had resident.

\`\`\`sh
npx -y pnpm bench all                  # all of it, about an hour; \`pnpm bench --help\` says what else
npx -y pnpm bench preference --json    # one; ends with a line of JSON
\`\`\`

The first run makes a Python environment with the other side's libraries in the user's cache.`;
