// Pages and pictures of docs/objectives are what the comments and the code say now.
import { describe, expect, it } from 'vitest';
import { expectUpToDate } from '../../../../tools/vitest/up-to-date.js';
import { type DocComment, docComments } from './doc-comment.js';
import { indexPage, objectivePage } from './objective-page.js';
import { picture } from './picture.js';
import { evaluateExpression } from './scope.js';

const isFactory = ({ example }: DocComment): boolean => example !== undefined;
const contrib = docComments('contrib').filter(isFactory);
const isDivergence = ({ formulas }: DocComment): boolean => formulas[0]?.startsWith('score(r)') ?? false;

const groups = [
  { title: 'Objectives', docs: docComments('objectives').filter(isFactory) },
  { title: "TRL's family, in `@ais/objectives/contrib`", docs: contrib.filter((doc) => !isDivergence(doc)) },
  { title: 'Functions f for `directAlignment`', docs: docComments('losses').filter(isFactory) },
  {
    title: 'Divergences for `fDivergenceDpo`, in `@ais/objectives/contrib`',
    docs: contrib.filter(isDivergence),
  },
];

describe.each(groups.flatMap(({ docs }) => docs).map((doc) => [doc.name, doc] as const))(
  '%s',
  (name, doc) => {
    it('has a formula, a reference, a word on when to use it, and a gotcha', () => {
      expect(doc.formulas.length).toBeGreaterThan(0);
      expect(doc.tags['see']).toHaveLength(1);
      expect(doc.whenToUse).toMatch(/\.$/);
      expect(doc.gotchas.length).toBeGreaterThan(0);
    });

    it('has a page that is up to date', () => {
      expectUpToDate(`objectives/${doc.slug}.md`, objectivePage(doc));
    });

    it('has a picture that is up to date', async () => {
      const call = callIn(doc.example ?? '', name);
      expectUpToDate(`objectives/${doc.slug}.svg`, await picture({ call, value: evaluateExpression(call) }));
    });
  },
);

it('all pages are listed with their formulas', () => {
  expectUpToDate('objectives/README.md', indexPage(groups));
});

/** The first call of a function in a snippet, with its arguments. */
function callIn(code: string, name: string): string {
  const start = code.indexOf(`${name}(`);
  let depth = 0;
  for (let end = start; end < code.length; end += 1) {
    if (code[end] === '(') depth += 1;
    if (code[end] === ')') depth -= 1;
    if (code[end] === ')' && depth === 0) return code.slice(start, end + 1);
  }
  throw new Error(`the example of ${name} does not call it`);
}
