import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { declarationsOf } from '@ais/build/declarations';
import ts from 'typescript';

/**
 * Everything that a package makes public, as one page: each entry's names in order with their declarations, and the types that these
 * mention without exporting them. Comments and implementations are left out, so the page changes only with what users can notice.
 *
 * @returns null for a package that is a command, and exports nothing
 */
export function apiSurface(directory: string): string | null {
  const { name, exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    name: string;
    exports: Readonly<Record<string, string | { readonly '@ais/source'?: string }>>;
  };
  const entries = Object.entries(exports).flatMap(([path, target]) => {
    const source = typeof target === 'string' ? undefined : target['@ais/source'];
    return source === undefined ? [] : [{ specifier: join(name, path), file: join(directory, source) }];
  });
  if (entries.length === 0) return null;
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    { noLib: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    declarationHost(directory),
  );
  const checker = program.getTypeChecker();
  const shown = new Set<ts.Symbol>();
  const mentioned: ts.Symbol[] = [];

  const sections = entries.map(({ specifier, file }) => {
    const source = program.getSourceFile(file);
    const symbol = source && checker.getSymbolAtLocation(source);
    const exported = symbol === undefined ? [] : checker.getExportsOfModule(symbol).sort(byName);
    const lines = exported.map((alias) => {
      const target = resolved(alias, checker);
      if (target === undefined) return fromElsewhere(alias);
      shown.add(target);
      mentioned.push(target);
      const own = target.name === alias.name || alias.name === 'default' ? '' : ` as ${alias.name}`;
      return own === '' ? printed(target) : `// exported${own}\n${printed(target)}`;
    });
    return section(specifier, lines);
  });

  const hidden = new Set<ts.Symbol>();
  for (const symbol of mentioned) {
    for (const other of mentions(symbol, checker)) {
      if (shown.has(other) || hidden.has(other)) continue;
      hidden.add(other);
      mentioned.push(other);
    }
  }
  const rest = [...hidden].sort(byName).map((symbol) => printed(symbol));
  return [
    `# What ${name} makes public\n\nWritten by \`pnpm api\`: what changes here changes for users.\n`,
    ...sections,
    ...(rest.length > 0 ? [section('Mentioned, but not exported', rest)] : []),
  ].join('\n');
}

const byName = (a: ts.Symbol, b: ts.Symbol): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

const section = (title: string, lines: readonly string[]): string =>
  `## ${title}\n\n\`\`\`ts\n${lines.join('\n\n')}\n\`\`\`\n`;

/** A host that knows only this package: its modules are their declarations, and imports of others lead nowhere. */
function declarationHost(directory: string): ts.CompilerHost {
  const read = (file: string): string => {
    const text = readFileSync(file, 'utf8');
    return file.endsWith('.d.ts') ? text : declarationsOf(file, text);
  };
  return {
    getSourceFile: (file, options) => ts.createSourceFile(file, read(file), options, true),
    getDefaultLibFileName: () => '',
    getCurrentDirectory: () => directory,
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: existsSync,
    readFile: (file) => readFileSync(file, 'utf8'),
    writeFile: () => undefined,
    resolveModuleNameLiterals: (literals, containing) =>
      literals.map(({ text }) => {
        const base = join(dirname(containing), text).replace(/\.js$/, '');
        const file = text.startsWith('.') ? [`${base}.ts`, `${base}.d.ts`].find(existsSync) : undefined;
        if (file === undefined) return { resolvedModule: undefined };
        const extension = file.endsWith('.d.ts') ? ts.Extension.Dts : ts.Extension.Ts;
        return { resolvedModule: { resolvedFileName: file, extension } };
      }),
  };
}

/** The symbol that an exported name stands for; undefined if it belongs to another package. */
function resolved(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol | undefined {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (target.declarations ?? []).length > 0 ? target : undefined;
}

/** A name that is passed on from another package. */
function fromElsewhere(alias: ts.Symbol): string {
  const [declaration] = alias.declarations ?? [];
  let node: ts.Node | undefined = declaration;
  while (node !== undefined && !ts.isExportDeclaration(node) && !ts.isImportDeclaration(node))
    node = node.parent;
  const from = node?.moduleSpecifier;
  return `export { ${alias.name} } from ${from === undefined ? 'elsewhere' : from.getText()};`;
}

const printer = ts.createPrinter({ removeComments: true });

function printed(symbol: ts.Symbol): string {
  const statements = new Set((symbol.declarations ?? []).map(statementOf));
  return [...statements]
    .map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile()))
    .map((text) => text.replace(/^(export )?(declare )?/, 'export '))
    .join('\n');
}

/** A variable is declared within its statement, which is what a reader knows. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/** The symbols of the same package that the declarations of a name mention. */
function mentions(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const at = checker.getSymbolAtLocation(node);
      const target = at && resolved(at, checker);
      if (target !== undefined && target !== symbol && isTopLevel(target)) found.push(target);
    }
    ts.forEachChild(node, visit);
  };
  for (const declaration of symbol.declarations ?? []) visit(statementOf(declaration));
  return found;
}

function isTopLevel(symbol: ts.Symbol): boolean {
  const [declaration] = symbol.declarations ?? [];
  return declaration !== undefined && ts.isSourceFile(statementOf(declaration).parent);
}
