// Holds imports to the layering, and draws the packages into ARCHITECTURE.md; with --check it only says whether the page is up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, format, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { replaceSection } from './generated-section.js';
import { type CruiseOutput, packageGraph } from './package-graph.js';
import { packageTable, picture } from './picture.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const path = join(root, 'ARCHITECTURE.md');

const imports = await allImports();
const { output: faults, exitCode } = await format(imports, { outputType: 'err' });
console.log(String(faults).trim());
if (exitCode > 0) process.exitCode = 1;

const page = readFileSync(path, 'utf8');
const graph = packageGraph(await betweenPackages(imports));
const drawn = replaceSection(
  replaceSection(page, 'picture', picture(graph)),
  'packages',
  packageTable(graph, Object.fromEntries([...graph.keys()].map((name) => [name, description(name)]))),
);
if (!process.argv.includes('--check')) writeFileSync(path, drawn);
else if (drawn !== page) {
  console.error('ARCHITECTURE.md is out of date. Run `npx -y pnpm architecture` and commit the page.');
  process.exitCode = 1;
}

/** Every import of the workspace, and which rules it breaks. */
async function allImports(): Promise<ICruiseResult> {
  // Paths in its configuration are relative to the root.
  process.chdir(root);
  const { options, ...ruleSet } = await extractDepcruiseConfig(join(root, '.dependency-cruiser.cjs'));
  const { output } = await cruise(
    ['packages', 'benchmarks', 'tools', 'examples'],
    { ...options, ruleSet, validate: true },
    undefined,
    { tsConfig: extractTSConfig(join(root, 'tsconfig.json')) },
  );
  return output as ICruiseResult;
}

/** Imports between packages, of what they ship. */
async function betweenPackages(all: ICruiseResult): Promise<CruiseOutput> {
  const { output } = await format(all, {
    // The generator of plugins imports none of them, and none imports it.
    includeOnly: '^packages/(?!create-)[^/]+/src/',
    exclude: '\\.test\\.ts$|/testing/',
    collapse: '^packages/[^/]+',
    outputType: 'json',
  });
  return JSON.parse(output as string) as CruiseOutput;
}

function description(name: string): string {
  return JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')).description;
}
