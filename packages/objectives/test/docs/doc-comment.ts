import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import ts from 'typescript';

/** An option of a factory, as its interface documents it. */
export interface DocumentedOption {
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  readonly comment: string;
}

/** An exported function or class and what its comment says. */
export interface DocComment {
  readonly name: string;
  /** From the package's folder, with slashes. */
  readonly file: string;
  /** Of the file, without its extension. */
  readonly slug: string;
  readonly summary: string;
  readonly formulas: readonly string[];
  readonly prose: readonly string[];
  readonly whenToUse: string | undefined;
  readonly gotchas: readonly string[];
  readonly options: readonly DocumentedOption[];
  /** Tags other than the example, by name. */
  readonly tags: Readonly<Record<string, readonly string[]>>;
  readonly example: string | undefined;
}

/** The package's folder. */
export const packageFolder: string = join(import.meta.dirname, '../..');

/** Every exported and documented function or class below a folder of `src`. */
export function docComments(folder: string): DocComment[] {
  const path = join(packageFolder, 'src', folder);
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort()
    .flatMap((file) => commentsOfFile(join(path, file)));
}

function commentsOfFile(path: string): DocComment[] {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return source.statements.flatMap((statement) => {
    const documented = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    const exported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isExport);
    const raw = commentBefore(statement, text);
    if (!documented || !exported || !statement.name || raw === undefined) return [];
    return [
      {
        name: statement.name.text,
        file: relative(packageFolder, path).replaceAll('\\', '/'),
        slug: basename(path, '.ts'),
        ...parseComment(raw),
        options: ts.isFunctionDeclaration(statement) ? optionsOf(statement, source, text) : [],
      },
    ];
  });
}

function isExport(modifier: ts.ModifierLike): boolean {
  return modifier.kind === ts.SyntaxKind.ExportKeyword;
}

function commentBefore(node: ts.Node, text: string): string | undefined {
  const range = ts.getLeadingCommentRanges(text, node.getFullStart())?.at(-1);
  const comment = range && text.slice(range.pos, range.end);
  return comment?.startsWith('/**') ? comment : undefined;
}

function strip(comment: string): string {
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();
}

function parseComment(comment: string): Omit<DocComment, 'name' | 'file' | 'slug' | 'options'> {
  const [description = '', ...tagged] = strip(comment).split(/^@(?=[a-z]+)/m);
  const tags: Record<string, string[]> = {};
  for (const tag of tagged) {
    const [name = ''] = /^[a-z]+/.exec(tag) ?? [];
    const body = tag.slice(name.length).trim();
    tags[name] = [...(tags[name] ?? []), name === 'example' ? body : joinLines(body)];
  }
  const { example, ...rest } = tags;
  const [summary = '', ...paragraphs] = description.split(/\n\s*\n/).map(joinLines);
  const marked = (mark: string): string[] =>
    paragraphs.filter((text) => text.startsWith(mark)).map((text) => text.slice(mark.length).trim());
  const unmarked = paragraphs.filter((text) => text && !/^(When to use|Gotcha):/.test(text));
  return {
    summary,
    // Sentences end with a full stop, formulas do not.
    formulas: unmarked.filter((text) => !/[.:]$/.test(text)),
    prose: unmarked.filter((text) => /[.:]$/.test(text)),
    whenToUse: marked('When to use:')[0],
    gotchas: marked('Gotcha:'),
    tags: rest,
    example: example?.[0],
  };
}

function joinLines(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function optionsOf(
  declaration: ts.FunctionDeclaration,
  source: ts.SourceFile,
  text: string,
): DocumentedOption[] {
  const names = declaration.parameters.flatMap(({ type }) =>
    type && ts.isTypeReferenceNode(type) ? type.typeName.getText(source) : [],
  );
  const members = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((node) => names.includes(node.name.text))?.members;
  return [...(members ?? [])].filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(source),
    type: joinLines(member.type?.getText(source) ?? '').replace(/ \| undefined$/, ''),
    optional: member.questionToken !== undefined,
    comment: joinLines(strip(commentBefore(member, text) ?? '')),
  }));
}
