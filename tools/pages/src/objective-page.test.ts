import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followPage, root } from './follow-page.js';

test('docs/write-an-objective.md is true, word by word, and so is the example of an objective’s page', () =>
  followPage('docs/write-an-objective.md', {
    atTheEnd: (folder) => {
      const page = readFileSync(join(root, 'docs/objectives/dpo.md'), 'utf8');
      const example = join(folder, 'my-objectives/example.mjs');
      writeFileSync(example, /^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '');
      expect(execFileSync('node', [example], { encoding: 'utf8' })).toContain('Tensor');
    },
  }));
