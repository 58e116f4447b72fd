import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { coverageOfMeans } from './coverage.js';
import { drawCoverage } from './coverage-chart.js';
import { differencesAtEqualKl } from './equal-kl.js';
import { differencesAtEqualLength } from './equal-length.js';
import { fallsFound } from './falls.js';
import { familiesCovered } from './families.js';
import { klRatiosFound } from './kl-ratios.js';
import { decisionsAtLooks } from './looks.js';
import { renderPage } from './page.js';
import { searchesDone } from './searches.js';

// Run from the root of the workspace: pnpm simulate [studies]
const studies = Number(process.argv[2] ?? 1000);
if (!(Number.isSafeInteger(studies) && studies >= 1)) {
  throw new RangeError(`The number of simulated studies must be an integer ≥ 1, got ${process.argv[2]}.`);
}
const coverage = coverageOfMeans(studies);
const families = familiesCovered(studies);
const falls = fallsFound(studies);
const looks = decisionsAtLooks(studies);
const klRatios = klRatiosFound(studies);
const equalKl = differencesAtEqualKl(studies);
const equalLength = differencesAtEqualLength(studies);
const searches = searchesDone(studies);
await writeFile(
  join('docs', 'statistics.md'),
  renderPage({ studies, coverage, families, falls, klRatios, equalKl, equalLength, searches, looks }),
);
await writeFile(join('docs', 'images', 'statistics-coverage.svg'), await drawCoverage(coverage));
process.stdout.write('docs/statistics.md\ndocs/images/statistics-coverage.svg\n');
