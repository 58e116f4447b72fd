// docs/images/idea-*.svg are what is drawn from the results and the code now; UPDATE_DOCS=1 draws them again.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText, workspace } from '../workspace.js';
import { foundFigure } from './found.js';
import { loopFigure } from './loop.js';
import { packagesFigure } from './packages.js';
import { tooFarFigure } from './too-far.js';
import { weightsFigure } from './weights.js';

const search = JSON.parse(readText('docs/results/search/search.json'));
const claims = JSON.parse(readText('docs/results/exact/claims.json'));

test.each([
  ['loop', () => loopFigure()],
  ['too-far', () => tooFarFigure(search.rates)],
  ['weights', () => weightsFigure()],
  ['found', () => foundFigure(claims)],
  ['packages', () => packagesFigure(readText('ARCHITECTURE.md'))],
])('the drawing %s is up to date', (name, draw) => {
  const path = join(workspace, `docs/images/idea-${name}.svg`);
  const drawn = draw();
  if (process.env['UPDATE_DOCS']) writeFileSync(path, drawn);
  const remedy = `${path} is stale; run UPDATE_DOCS=1 npx vitest run tools/site/src/figures`;
  expect(existsSync(path) && readFileSync(path, 'utf8'), remedy).toBe(drawn);
});

test('a claim that is gone, and a package without a place, are noticed', () => {
  expect(() => foundFigure([])).toThrow('has no claim');
  expect(() => packagesFigure('  new["@ais/new"]\n')).toThrow('no place for new');
});
