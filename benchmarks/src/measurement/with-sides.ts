import type { SideProgram } from '../processes/start-side.js';
import type { Side } from '../sides/side.js';
import type { BenchmarkContext } from './context.js';

/** Opens sides one after another, hands them to some work, and closes them, whatever happens. */
export async function withSides<Facts, Answer, T>(
  context: BenchmarkContext,
  programs: ReadonlyMap<string, SideProgram>,
  work: (sides: ReadonlyMap<string, Side<Facts, Answer>>) => Promise<T>,
): Promise<T> {
  const sides = new Map<string, Side<Facts, Answer>>();
  try {
    for (const [name, program] of programs) {
      context.onProgress(`Starting ${name}.`);
      sides.set(name, await context.start<Facts, Answer>(program));
    }
    return await work(sides);
  } finally {
    for (const side of sides.values()) await side.close();
  }
}
