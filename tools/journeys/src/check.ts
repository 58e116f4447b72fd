// Publishes every package to a registry on this machine, and follows the pages that lead from an empty folder to something that works,
// word by word, with npm itself: nothing of this workspace but those pages and tarballs takes part.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { followPage, type StepTime } from '@ais/pages/follow-page';
import { packAddonPlaces, packPackages, type Registry, startRegistry } from '@ais/registry';
import { Command } from 'commander';
import { JOURNEYS, type Journey } from './journeys.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** What a journey may take on a machine that does nothing else. */
const MINUTES = 10;

interface Options {
  readonly only?: string;
  readonly steps: boolean;
}

await new Command('check:journeys')
  .description(
    'Follow three pages of the documentation from an empty folder, with packages from a registry on this machine.',
  )
  .option('--only <list>', `some of ${JOURNEYS.map(({ name }) => name).join(',')}; by default all`)
  .option('--steps', 'print the time of each step', false)
  .action(check)
  .parseAsync();

async function check({ only, steps }: Options): Promise<void> {
  const chosen = only?.split(',') ?? JOURNEYS.map(({ name }) => name);
  const unknown = chosen.filter((name) => !JOURNEYS.some((journey) => journey.name === name));
  if (unknown.length > 0)
    throw new Error(`expected some of ${JOURNEYS.map(({ name }) => name)}, got ${unknown}`);
  const folder = await mkdtemp(join(tmpdir(), 'ais-journeys-'));
  const registry = await startRegistry();
  try {
    const packed = await packPackages(root, join(folder, 'tarballs'));
    await registry.publish([
      ...(await addons(join(folder, 'addons'))),
      ...packed.map(({ tarball }) => tarball),
    ]);
    for (const journey of JOURNEYS.filter(({ name }) => chosen.includes(name))) {
      await tell(journey, steps, () => follow(journey, join(folder, journey.name), registry));
    }
  } finally {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The packages with compiled addons: that of this machine as `pnpm native:build` made it, if it did, and places of the others. */
async function addons(target: string): Promise<string[]> {
  const here = `${process.platform}-${process.arch}`;
  const built = await readdir(join(root, 'native', here)).catch(() => []);
  const tarball = built.find((file) => file.endsWith('.tgz'));
  const places = await packAddonPlaces(root, target);
  if (tarball === undefined) return places;
  return [...places.filter((path) => !path.includes(here)), join(root, 'native', here, tarball)];
}

function follow({ page, atTheEnd }: Journey, folder: string, registry: Registry): Promise<StepTime[]> {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((place) => !place.startsWith(root));
  return followPage(page, {
    commands: {},
    console: true,
    ...(atTheEnd !== undefined && { atTheEnd }),
    environment: {
      PATH: [join(folder, 'bin'), ...path].join(delimiter),
      npm_config_userconfig: registry.userconfig,
      // Where npm puts what is installed for all.
      npm_config_prefix: folder,
      // npm runs again what it has once installed for `create` in its cache, whatever the registry has now.
      npm_config_cache: join(folder, 'cache'),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_yes: 'true',
    },
  });
}

async function tell(journey: Journey, all: boolean, work: () => Promise<StepTime[]>): Promise<void> {
  const { name, page, goal } = journey;
  console.error(`${name}: ${page}`);
  try {
    const times = await work();
    const total = (of: (time: StepTime) => number): number => times.reduce((sum, time) => sum + of(time), 0);
    if (all) for (const time of times) console.log(lineOf(time));
    const computed = total(({ processorSeconds }) => processorSeconds);
    console.log(
      `${name}: ${goal}. ${total(({ seconds }) => seconds).toFixed(0)} s, of which processes computed ${computed.toFixed(0)} s.`,
    );
    if (computed > 60 * MINUTES) throw new Error(`It computes for more than ${MINUTES} minutes.`);
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

function lineOf({ step, seconds, processorSeconds }: StepTime): string {
  const what = step.kind === 'file' ? step.path : (step.script.trim().split('\n')[0] ?? '');
  return `  ${seconds.toFixed(1).padStart(7)} s ${processorSeconds.toFixed(1).padStart(7)} s  ${what}`;
}
