// Every example in a comment, and every snippet of a page, runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { docComments, packageFolder } from './doc-comment.js';
import { runSnippet } from './scope.js';
import { docsFolder } from './up-to-date.js';

const documented = docComments('.').filter(({ example }) => example !== undefined);

describe('examples of comments', () => {
  it.each(documented.map((doc) => [doc.name, doc] as const))('%s', async (_, { example }) => {
    await runSnippet(example ?? '');
  });
});

const pages = [join(packageFolder, 'README.md'), join(docsFolder, 'importance-weights.md')];

describe.each(pages)('%s', (page) => {
  const snippets = [...readFileSync(page, 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(
    ([, code]) => code ?? '',
  );
  it.each(snippets.map((code, index) => [index + 1, code] as const))('snippet %d', async (_, code) => {
    // Everything that the snippets import is in scope already.
    await runSnippet(code.replace(/^import [^;]*;.*$/gm, ''));
  });
});
