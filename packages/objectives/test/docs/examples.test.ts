// Every example in a comment runs, and every snippet of a page runs as it stands there.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { docsFolder } from '../../../../tools/vitest/up-to-date.js';
import { docComments, packageFolder } from './doc-comment.js';
import { runModule, runSnippet } from './scope.js';

const documented = docComments('.').filter(({ example }) => example !== undefined);

describe('examples of comments', () => {
  it.each(documented.map((doc) => [doc.name, doc] as const))('%s', async (_, { example }) => {
    await runSnippet(example ?? '');
  });
});

const objectivePages = readdirSync(join(docsFolder, 'objectives'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => join(docsFolder, 'objectives', file));

/** The snippets of a page, each by itself. */
function snippetsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/```[jt]s\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');
}

const snippets = [
  join(packageFolder, 'README.md'),
  join(docsFolder, 'importance-weights.md'),
  ...objectivePages,
].flatMap((page) =>
  snippetsOf(page).map((code, index) => [relative(docsFolder, page), index + 1, code] as const),
);

describe('pages, as they are when pasted', () => {
  it.each(snippets)('%s, snippet %d', (_page, _number, code) => runModule(code));

  it('each objective has one', () => {
    const shown = new Set(snippets.map(([page]) => page));
    const missing = docComments('.').filter(
      ({ file, slug, example }) =>
        /src\/(objectives|losses|contrib)\//.test(file) &&
        example &&
        !shown.has(join('objectives', `${slug}.md`)),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});
