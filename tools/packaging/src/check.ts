// Packs every package as npm would get it, and holds each tarball to what users may expect: contents, exports, types, and its budget.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packPackages } from '@ais/registry';
import { readmeExample } from '@ais/release/readme-example';
import { build } from 'esbuild';
import { subset } from 'semver';
import { type Budget, readBudgets, withLicenses } from './budgets.js';
import { checkTarball } from './check-tarball.js';
import { type InstalledPackage, installedWith } from './installed-packages.js';

const here = fileURLToPath(new URL('..', import.meta.url));
const page = join(here, 'budgets.md');
const budgets = readBudgets(page);
/** What has an install script, and works where it does not run: npm has brought what it looks for. */
const worksWithoutScript: readonly string[] = ['koffi'];
const everything = new Map<string, InstalledPackage>();
const faults: string[] = [];

const scratch = await mkdtemp(join(tmpdir(), 'ais-packaging-'));
try {
  for (const { name, directory, tarball } of await packPackages(join(here, '../..'), scratch)) {
    const checked = await checkTarball(tarball);
    faults.push(...checked.faults.map((fault) => `${name}: ${fault}`));

    const { commands } = await readmeExample(directory);
    const wanted = [...commands.matchAll(/^npm install (.*)$/gm)].flatMap(([, names = '']) =>
      names.replace(/#.*/, '').trim().split(/\s+/),
    );
    const packages = installedWith([name, ...wanted.filter((word) => !word.startsWith('-'))], here);
    for (const one of packages) everything.set(one.name, one);
    const { engines } = checked.manifest as { engines?: { node?: string } };
    for (const { name: other, node, installs } of packages) {
      if (!subset(engines?.node ?? '*', node ?? '*'))
        faults.push(`${name}: engines allow ${engines?.node}, but ${other} asks for ${node}`);
      if (installs && !worksWithoutScript.includes(other))
        faults.push(`${name}: ${other} wants to run a script when it is installed`);
    }

    const budget = budgets.packages.get(name);
    if (budget === undefined) {
      faults.push(`${name}: has no row in tools/packaging/budgets.md`);
      continue;
    }
    const own = checked.unpackedBytes;
    const installed = packages.reduce((sum, { bytes }) => sum + bytes, own);
    const bundle = await bundledBytes(budget).catch((error: Error) => {
      faults.push(`${name}: ${error.message}`);
      return 0;
    });
    const measured: [string, number, number][] = [
      ['bundle, kB', bundle / 1e3, budget.bundleKilobytes ?? 0],
      ['tarball, kB', checked.bytes / 1e3, budget.tarballKilobytes],
      ['packages', packages.length, budget.packages],
      ['installed, MB', installed / 1e6, budget.installedMegabytes],
    ];
    for (const [what, value, limit] of measured) {
      if (value > limit) faults.push(`${name}: ${what}: ${value.toFixed(1)}, and ${limit} are allowed`);
    }
    console.log(`${name}: ${measured.map(([what, value]) => `${what} ${value.toFixed(1)}`).join('; ')}`);
  }
} finally {
  await rm(scratch, { recursive: true });
}

const renewed = withLicenses(await readFile(page, 'utf8'), [...everything.values()]);
for (const { name, license } of everything.values()) {
  if (!budgets.licenses.has(license)) faults.push(`${name} has the license ${license}, which is not allowed`);
}
if (process.argv.includes('--write')) await writeFile(page, renewed);
else if (renewed !== (await readFile(page, 'utf8')))
  faults.push(
    'tools/packaging/budgets.md lists other dependencies: run `npx -y pnpm check:packages --write`',
  );

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;

/** What a page pays for one name, minified, beside TensorFlow.js. */
async function bundledBytes({ bundled }: Budget): Promise<number> {
  if (bundled === null) return 0;
  const { outputFiles } = await build({
    stdin: { contents: `export { ${bundled.name} } from '${bundled.entry}';`, resolveDir: here },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@tensorflow/*', 'node:*'],
    logLevel: 'silent',
  });
  return outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0);
}
