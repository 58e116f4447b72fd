import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The commands and the program that a README tells its reader to paste first. */
export interface ReadmeExample {
  /** Its first block of shell commands, which installs. */
  readonly commands: string;
  /** The command that it gives for pnpm in place of `npm install`; null where pnpm needs none. */
  readonly pnpm: string | null;
  /** Its first TypeScript example; null if its package is a command. */
  readonly program: string | null;
  /** The output of the program, in order: the comments behind its calls of `console.log`. */
  readonly printed: readonly string[];
}

/** The first example of a package's README, word for word. */
export async function readmeExample(directory: string): Promise<ReadmeExample> {
  return parseReadme(await readFile(join(directory, 'README.md'), 'utf8'), directory);
}

export function parseReadme(readme: string, where: string): ReadmeExample {
  const commands = /^```sh\n(.*?)^```/ms.exec(readme)?.[1];
  const program = /^```ts\n(.*?)^```/ms.exec(readme)?.[1] ?? null;
  if (commands === undefined || !/^npm install /m.test(commands)) {
    throw new Error(`${where}: the README's first shell block must begin with npm install.`);
  }
  const pnpm = /^pnpm add .*$/m.exec(readme)?.[0] ?? null;
  const printed = [...(program ?? '').matchAll(/console\.log\(.*\);[ \t]*\/\/ (.*)/g)];
  return { commands, pnpm, program, printed: printed.map(([, text = '']) => text.trim()) };
}

/** The first of the lines expected that was not printed, in order among others; undefined if all were. */
export function missingLine(output: string, expected: readonly string[]): string | undefined {
  const lines = output.split('\n').map((line) => line.trim());
  let from = 0;
  for (const line of expected) {
    const found = lines.indexOf(line, from);
    if (found < 0) return line;
    from = found + 1;
  }
  return undefined;
}
