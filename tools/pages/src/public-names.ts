import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const packages = fileURLToPath(new URL('../../../packages', import.meta.url));

/** A name that a package exports, and what its declaration says of it. */
export interface PublicName {
  /** What it is imported from: `@ais/data/chat`. */
  readonly from: string;
  readonly name: string;
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'constant';
  /** The file of the declaration, from the folder of the packages. */
  readonly file: string;
  /** The doc comment; empty if there is none. */
  readonly comment: string;
}

/** All names that a package exports, each once for each entry point. Files are parsed alone; no types are computed. */
export function publicNames(folder: string): PublicName[] {
  const { name, exports = {} } = manifestOf(folder);
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const source = typeof target === 'object' ? target['@ais/source'] : undefined;
    if (source === undefined) return [];
    return exportsOf(join(packages, folder, source)).map((found) => ({
      ...found,
      from: join(name, subpath),
    }));
  });
}

/** The folders of the packages. */
export function packageFolders(): string[] {
  return readdirSync(packages).filter((folder) => existsSync(join(packages, folder, 'package.json')));
}

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string | { readonly '@ais/source'?: string }>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8')) as Manifest;
}

type Found = Omit<PublicName, 'from'>;

const parsed = new Map<string, ts.SourceFile>();

function parse(file: string): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  parsed.set(file, tree);
  return tree;
}

/** What a module exports: what it declares itself, and what it hands on. */
function exportsOf(file: string): Found[] {
  return parse(file).statements.flatMap((statement): Found[] => {
    if (!ts.isExportDeclaration(statement)) {
      return isExported(statement) ? declarationsOf(statement, file) : [];
    }
    const { moduleSpecifier, exportClause } = statement;
    const target =
      moduleSpecifier && ts.isStringLiteral(moduleSpecifier)
        ? moduleFile(moduleSpecifier.text, file)
        : undefined;
    if (exportClause === undefined) return target === undefined ? [] : exportsOf(target);
    if (ts.isNamespaceExport(exportClause)) return [];
    return exportClause.elements.flatMap((element) => {
      const original = (element.propertyName ?? element.name).text;
      const found = target === undefined ? localNamed(original, file) : declarationNamed(original, target);
      return found ? [{ ...found, name: element.name.text }] : [];
    });
  });
}

/** The declaration of a name that a module exports, in the module itself or further away. */
function declarationNamed(name: string, file: string): Found | undefined {
  return localNamed(name, file) ?? exportsOf(file).find((found) => found.name === name);
}

/** The declaration of a name that a module has: its own, or one that it imports. */
function localNamed(name: string, file: string): Found | undefined {
  const { statements } = parse(file);
  return (
    statements.flatMap((statement) => declarationsOf(statement, file)).find((found) => found.name === name) ??
    statements.flatMap((statement) => importedName(statement, name, file)).at(0)
  );
}

function importedName(statement: ts.Statement, name: string, file: string): Found[] {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
  const bindings = statement.importClause?.namedBindings;
  if (!bindings || !ts.isNamedImports(bindings)) return [];
  const element = bindings.elements.find((each) => each.name.text === name);
  if (!element) return [];
  const found = declarationNamed(
    (element.propertyName ?? element.name).text,
    moduleFile(statement.moduleSpecifier.text, file),
  );
  return found ? [found] : [];
}

/** The file of a module: of this package by its path, of another one by its manifest. */
function moduleFile(specifier: string, from: string): string {
  if (specifier.startsWith('.')) {
    const path = join(dirname(from), specifier);
    return [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.d.ts')].find(existsSync) ?? path;
  }
  const [, folder = '', subpath = ''] = /^@ais\/([^/]+)\/?(.*)$/.exec(specifier) ?? [];
  const target = manifestOf(folder).exports?.[subpath === '' ? '.' : `./${subpath}`];
  return join(packages, folder, (typeof target === 'object' && target['@ais/source']) || '');
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function declarationsOf(statement: ts.Statement, file: string): Found[] {
  const found = (name: string, kind: Found['kind']): Found => ({
    name,
    kind,
    file: file.slice(packages.length + 1),
    comment: commentOf(statement),
  });
  if (ts.isFunctionDeclaration(statement))
    return statement.name ? [found(statement.name.text, 'function')] : [];
  if (ts.isClassDeclaration(statement)) return statement.name ? [found(statement.name.text, 'class')] : [];
  if (ts.isInterfaceDeclaration(statement)) return [found(statement.name.text, 'interface')];
  if (ts.isTypeAliasDeclaration(statement)) return [found(statement.name.text, 'type')];
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) =>
    ts.isIdentifier(name) ? [found(name.text, 'constant')] : [],
  );
}

function commentOf(node: ts.Node): string {
  const text = node.getSourceFile().text;
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const last = ranges
    .map(({ pos, end }) => text.slice(pos, end))
    .findLast((comment) => comment.startsWith('/**'));
  return last ?? '';
}
