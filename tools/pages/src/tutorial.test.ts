import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { followPage } from './follow-page.js';

// The page's 3,000 questions take minutes; its script alone reads how many.
test('docs/tutorial.md is true, word by word', () =>
  followPage('docs/tutorial.md', {
    environment: { QUESTIONS: '200' },
    atTheEnd: (folder) => {
      const report = readFileSync(join(folder, 'runs/comparison/report.html'), 'utf8');
      expect(report).toMatch(/ais-dpo/);
    },
  }));
