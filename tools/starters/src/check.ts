// From the command to a trained model, as an author and a user would, with a registry on this machine: `npm create ais-objective`
// with each template, types and tests; the objective is published, installed elsewhere, found by the name in a settings file, and
// trained with.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute, packAddonPlaces, packPackages, startRegistry } from '@ais/registry';
import { templateNames } from 'create-ais-objective';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// A scope that the registry takes from nowhere else.
const nameOf = (template: string): string => `@ais/trial-${template}`;

const scratch = await mkdtemp(join(tmpdir(), 'ais-starters-'));
const registry = await startRegistry();
try {
  const packed = await packPackages(root, join(scratch, 'packed'));
  const places = await packAddonPlaces(root, join(scratch, 'addons'));
  await registry.publish([...places, ...packed.map(({ tarball }) => tarball)]);
  const npmrc = join(scratch, 'npmrc');
  await writeFile(npmrc, registry.npmrc());
  const author = await folder('author');
  for (const template of templateNames) {
    // npm runs again what it has once installed for `create` in its cache, whatever the registry has now.
    const cache = join(scratch, 'cache');
    const create = ['create', '--yes', '--cache', cache, 'ais-objective', nameOf(template)];
    await npm(author, ...create, '--', '--template', template);
    const directory = join(author, `trial-${template}`);
    await copyFile(npmrc, join(directory, '.npmrc'));
    await npm(directory, 'install', '--no-audit', '--no-fund');
    await npm(directory, 'run', 'typecheck');
    await npm(directory, 'test');
    console.log(`${template}: made, installed, and tested`);
  }
  await npm(join(author, 'trial-objective'), 'publish', '--userconfig', registry.userconfig);

  const user = await folder('user');
  await writeFile(join(user, 'package.json'), '{ "private": true }');
  const objective = nameOf('objective');
  const needed = ['@ais/cli', objective, '@ais/objectives', '@tensorflow/tfjs-core'];
  await npm(user, 'install', '--no-audit', '--no-fund', ...needed);
  await writeFile(
    join(user, 'settings.yaml'),
    `objective: '${objective}'\nobjectiveOptions: { margin: 0.5 }\n`,
  );
  const common = ['--preset', 'tiny', '--source', 'synthetic', '--records', '64', '--held-out', '8'];
  const short = ['--steps', '2', '--evaluations', '0'];
  await npx(user, 'ais', 'sft', ...common, ...short, '--out', 'runs/sft');
  await npx(
    user,
    'ais',
    'train',
    '--config',
    'settings.yaml',
    '--model',
    'runs/sft',
    ...common,
    ...short,
    '--out',
    'runs/train',
  );
  const configuration = await readFile(join(user, 'runs/train/config.json'), 'utf8');
  if (!configuration.includes(objective)) {
    throw new Error(`The run does not say that it trained with ${objective}.`);
  }
  console.log(`${objective}: published, installed, and trained with`);
} finally {
  await registry.close();
  await rm(scratch, { recursive: true, force: true });
}

/** An empty folder in which npm asks the registry on this machine. */
async function folder(name: string): Promise<string> {
  const path = join(scratch, name);
  await mkdir(path);
  await copyFile(join(scratch, 'npmrc'), join(path, '.npmrc'));
  return path;
}

function npm(directory: string, ...parameters: string[]): Promise<string> {
  return execute('npm', parameters, { directory });
}

function npx(directory: string, ...parameters: string[]): Promise<string> {
  return execute('npx', ['--no-install', ...parameters], { directory });
}
