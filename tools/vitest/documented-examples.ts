import { readdir, readFile } from 'node:fs/promises';
import { format } from 'node:util';
import ts from 'typescript';

/** One example of a package's documentation. */
export interface DocumentedExample {
  /** The file that it is in, and where. */
  readonly name: string;
  readonly code: string;
  /** The output of its calls of `console.log`, as the comments behind them say; undefined for a call without one. */
  readonly printed: readonly (string | undefined)[];
}

/** The examples in a package's README (```ts blocks) and in its doc comments (`@example`). */
export async function documentedExamples(packageDirectory: URL): Promise<DocumentedExample[]> {
  const examples: DocumentedExample[] = [];
  const readme = await readFile(new URL('README.md', packageDirectory), 'utf8');
  for (const [index, [, code = '']] of [...readme.matchAll(/```ts\n(.*?)```/gs)].entries()) {
    examples.push(example(`README.md, example ${index + 1}`, code));
  }
  const source = new URL('src/', packageDirectory);
  for (const file of (await readdir(source, { recursive: true })).sort()) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
    const text = await readFile(new URL(file, source), 'utf8');
    for (const [comment] of text.matchAll(/\/\*\*.*?\*\//gs)) {
      const code = /@example\n(.*?)(?=^\s*\* @|\*\/)/ms.exec(comment)?.[1];
      if (code)
        examples.push(example(`${file}: ${code.trim().split('\n')[0]}`, code.replace(/^\s*\* ?/gm, '')));
    }
  }
  return examples;
}

/**
 * Runs an example and returns what it printed, one line per call of `console.log`.
 *
 * @param scope what the example may use by name: what it imports, and what its reader is supposed to have
 */
export async function runExample(code: string, scope: Readonly<Record<string, unknown>>): Promise<string[]> {
  const printed: string[] = [];
  const script = ts.transpileModule(code.replace(/^import .*$/gm, ''), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
  const names = { ...scope, console: { log: (...values: unknown[]) => printed.push(format(...values)) } };
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as FunctionConstructor;
  await new AsyncFunction(...Object.keys(names), script.replace(/^export \{\};?$/gm, ''))(
    ...Object.values(names),
  );
  return printed;
}

function example(name: string, code: string): DocumentedExample {
  const printed = [...code.matchAll(/console\.log\(.*\);[ \t]*(?:\n?\/\/ (.*))?/g)].map(([, said]) =>
    said?.trim(),
  );
  return { name, code, printed };
}
