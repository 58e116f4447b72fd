// Publishes every package to a registry on this machine, and does what each README says first, in empty folders.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packAddonPlaces, packPackages, startRegistry } from '@ais/registry';
import { Command } from 'commander';
import { runMain } from './run-main.js';
import { faultsOf, trialTable } from './trial-table.js';
import { ALL_WAYS, readWays, tryPackages } from './try-packages.js';

interface Options {
  readonly ways: string;
  readonly only?: string;
  readonly json: boolean;
}

await new Command('check:published')
  .description("Do what each package's README says first, from a registry on this machine, in empty folders.")
  .option('--ways <list>', `some of ${ALL_WAYS.join(',')}`, 'all')
  .option(
    '--only <list>',
    'folders of packages, with commas between them, such as kl,trainer; by default all',
  )
  .option('--json', 'one line on standard output', false)
  .action((options: Options) => runMain(() => check(options)))
  .parseAsync();

async function check({ ways, only, json }: Options): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ais-published-'));
  const registry = await startRegistry();
  try {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const packed = await packPackages(root, join(folder, 'tarballs'));
    const wanted = only?.split(',');
    // Packages outside the scope are tried by `check:starters`: npm takes only a scope from another registry.
    const packages = packed.filter(
      ({ name, directory }) => name.startsWith('@ais/') && (wanted?.includes(basename(directory)) ?? true),
    );
    const needed = new Set(packages.map(({ name }) => name));
    // Packages come behind those that they depend on.
    for (const { name, needs } of [...packed].reverse()) {
      if (needed.has(name)) for (const need of needs) needed.add(need);
    }
    const places = needed.has('@ais/runtime') ? await packAddonPlaces(root, join(folder, 'addons')) : [];
    const tarballs = packed.filter(({ name }) => needed.has(name)).map(({ tarball }) => tarball);
    await registry.publish([...places, ...tarballs]);
    const trials = await tryPackages({
      registry,
      packages,
      ways: readWays(ways),
      folder,
      onTrial: ({ package: name, way, fault, seconds }) =>
        console.error(`${name}, ${way}: ${fault ?? `${seconds.toFixed(1)} s`}`),
    });
    const faults = faultsOf(trials);
    if (json) console.log(JSON.stringify({ trials }));
    else console.log(trialTable(trials));
    if (faults.length > 0 || trials.length === 0) process.exitCode = 1;
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}
