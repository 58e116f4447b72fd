// No objective, f or divergence escapes the conformance suite, and none is forgotten in the index.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as contrib from '../src/contrib/index.js';
import * as index from '../src/index.js';
import { docComments, packageFolder } from './docs/doc-comment.js';

const exported = {
  contrib: Object.keys(contrib),
  losses: Object.keys(index),
  objectives: Object.keys(index),
};

describe.each(Object.entries(exported))('src/%s', (folder, names) => {
  const factories = docComments(folder).filter(({ example }) => example !== undefined);

  it.each(factories.map((doc) => [doc.name, doc.file] as const))(
    '%s is exported and conforms',
    (name, file) => {
      expect(names).toContain(name);
      const test = join(packageFolder, file.replace(/\.ts$/, '.test.ts'));
      expect(existsSync(test), `${file} has no test beside it`).toBe(true);
      expect(readFileSync(test, 'utf8')).toContain('conforms(');
    },
  );
});
