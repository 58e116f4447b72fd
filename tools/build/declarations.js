import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/**
 * Writes a declaration file beside every built module: `src/a.ts` becomes `dist/a.d.ts`, and `src/a.d.ts` is copied.
 *
 * `isolatedDeclarations` makes each file's declarations derivable from that file alone, so this takes
 * milliseconds where a type-checked bundle of declarations takes seconds a package; types are checked
 * once for the whole workspace by `pnpm typecheck`.
 */
export async function writeDeclarations(source = 'src', target = 'dist') {
  for (const name of await readdir(source, { recursive: true })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    const path = join(source, name);
    if (name.endsWith('.d.ts')) {
      // Of a module in plain JavaScript, written by hand.
      await mkdir(dirname(join(target, name)), { recursive: true });
      await copyFile(path, join(target, name));
      continue;
    }
    const declaration = join(target, name.replace(/\.ts$/, '.d.ts'));
    await mkdir(dirname(declaration), { recursive: true });
    await writeFile(declaration, declarationsOf(path, await readFile(path, 'utf8')));
  }
}

/** What users see of a module: its declarations, without implementations and without what is internal. */
export function declarationsOf(path, text) {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(text, {
    fileName: path,
    reportDiagnostics: true,
    compilerOptions: { isolatedDeclarations: true, declaration: true, stripInternal: true },
  });
  const [first] = diagnostics;
  if (first) throw new Error(`${path}: ${ts.flattenDiagnosticMessageText(first.messageText, '\n')}`);
  return withoutDuplicates(outputText);
}

/** TypeScript 5 declares a static method that a symbol names twice, as a property too, which users' compilers refuse. */
function withoutDuplicates(declarations) {
  return declarations.replace(/^ *static \[Symbol\.hasInstance\]: .*\n/gm, '');
}
