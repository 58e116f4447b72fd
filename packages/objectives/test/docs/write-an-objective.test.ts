// docs/write-an-objective.md shows the example that CI runs, word for word.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { docsFolder } from '../../../../tools/vitest/up-to-date.js';
import { dpo } from '../../src/index.js';
import { objectiveChecks } from '../../src/testing/index.js';
import { packageFolder } from './doc-comment.js';

const page = readFileSync(join(docsFolder, 'write-an-objective.md'), 'utf8');

it.each([
  ...['cal-dpo', 'orpo', 'kto', 'clipped-tokens'].flatMap((name) => [`${name}.ts`, `${name}.test.ts`]),
  'index.ts',
])('it holds %s', (file) => {
  const code = readFileSync(join(packageFolder, '../../examples/custom-objective/src', file), 'utf8');
  expect(page).toContain(`\`\`\`ts\n${code}\`\`\``);
});

it('its table lists every law, and no other', () => {
  const listed = [...page.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name);
  expect(listed).toEqual(
    objectiveChecks(dpo, {
      optionsArbitrary: fc.constant({ beta: 1 }),
      skip: { golden: 'only names are asked for' },
    }).map(({ name }) => name),
  );
});
