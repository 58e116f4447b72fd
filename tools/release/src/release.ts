// Publishes what the registry does not have yet; with --dry-run it rehearses the whole release on this machine instead.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute, packPackages } from '@ais/registry';
import { Command } from 'commander';
import { publishMissing } from './publish-missing.js';
import { rehearse } from './rehearse.js';
import { addressFaults, PLACEHOLDER, repositoryAddress } from './repository-address.js';
import { runMain } from './run-main.js';
import { faultsOf, textTable } from './trial-table.js';
import { readWays } from './try-packages.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Options {
  readonly dryRun: boolean;
  readonly ways: string;
  readonly json: boolean;
}

await new Command('release')
  .description('Publish the versions that the registry does not have yet.')
  .option(
    '--dry-run',
    'rehearse the whole release on this machine, from the last commit; nothing is published',
    false,
  )
  .option('--ways <list>', 'of a rehearsal: how READMEs are followed, as of check:published', 'npm')
  .option('--json', 'one line on standard output, progress on standard error', false)
  .action((options: Options) => runMain(() => (options.dryRun ? dryRun(options) : publish(options))))
  .parseAsync();

async function dryRun({ ways, json }: Options): Promise<void> {
  if ((await status()) !== '') console.error('What is not committed yet is not part of the rehearsal.');
  const start = performance.now();
  const { commit, packages, trials, seconds } = await rehearse({
    root,
    ways: readWays(ways),
    onStep: (step) => console.error(`${((performance.now() - start) / 1000).toFixed(0)} s: ${step}`),
  });
  const faults = faultsOf(trials);
  const outcome = (name: string): string =>
    trials.some((trial) => trial.package === name && trial.fault !== null) ? 'FAILED' : 'ok';
  if (json) {
    const rows = packages.map((one) => ({ ...one, readme: outcome(one.name) }));
    console.log(JSON.stringify({ ok: faults.length === 0, commit, packages: rows, seconds }));
  } else {
    console.log(
      textTable([
        ['package', 'version', 'tarball', 'installed back', 'README'],
        ...packages.map(({ name, version, bytes }) => [
          name,
          version,
          `${(bytes / 1000).toFixed(0)} kB`,
          'ok',
          outcome(name),
        ]),
      ]),
    );
    console.log(
      `\n${packages.length} packages from ${commit.slice(0, 12)} in ${total(seconds)} s; nothing was published.`,
    );
  }
  for (const fault of faults) console.error(`\n${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

async function publish({ json }: Options): Promise<void> {
  await refuseUnlessReady();
  await execute('npx', ['-y', 'pnpm', 'exec', 'turbo', 'run', 'build', '--filter=./packages/*'], {
    directory: root,
  });
  const folder = await mkdtemp(join(tmpdir(), 'ais-release-'));
  try {
    const packed = await packPackages(root, folder);
    // GitHub's runners prove who they are; elsewhere npm has nothing to attest with.
    const provenance = process.env['ACTIONS_ID_TOKEN_REQUEST_URL'] !== undefined;
    const published = await publishMissing(packed, { provenance });
    const versions = published.map(({ name, version }) => `${name}@${version}`);
    if (json) console.log(JSON.stringify({ ok: true, published: versions, provenance }));
    else console.log(versions.length === 0 ? 'Every version is published already.' : versions.join('\n'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function refuseUnlessReady(): Promise<void> {
  if (repositoryAddress(root).url === PLACEHOLDER)
    throw new Error(
      `The repository's address is still ${PLACEHOLDER}. Set it: npx -y pnpm repository https://github.com/owner/name`,
    );
  const faults = await addressFaults(root);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  if ((await status()) !== '') throw new Error('Commit first: only what is committed is released.');
  const waiting = (await readdir(join(root, '.changeset'))).filter((file) => /^(?!README).*\.md$/.test(file));
  if (waiting.length > 0)
    throw new Error(
      `${waiting.length} changesets are not in a version yet. Run \`npx changeset version\`, look at the changelogs, and commit.`,
    );
}

function status(): Promise<string> {
  return execute('git', ['status', '--porcelain'], { directory: root });
}

function total(seconds: Readonly<Record<string, number>>): string {
  return Object.values(seconds)
    .reduce((sum, value) => sum + value, 0)
    .toFixed(0);
}
