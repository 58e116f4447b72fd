// Follows docs/write-an-objective.md from an empty folder, as its reader would: with its commands, its files, and no packages but
// those that it says to install. @ais/objectives is the tarball that would be published.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const root = join(here, '../..');
const page = readFileSync(join(root, 'docs/write-an-objective.md'), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'ais-plugin-page-'));

try {
  const folder = join(scratch, 'my-objectives');
  for (const [, block] of page.matchAll(/^```sh\n(.*?)^```$/gms)) {
    for (const line of block.trim().split('\n')) follow(line.replace(/\s*#.*$/, ''), folder);
    // The page shows the files after the commands that make the package and before those that test it.
    for (const [name, text] of filesOf(page)) write(join(folder, name), text);
  }
  const [packed] = JSON.parse(run('npm', ['pack', '--dry-run', '--json'], folder));
  const files = packed.files.map(({ path }) => path).sort();
  const promised = /what would be in it: (.*)$/m.exec(page)?.[1].split(', ').sort();
  if (files.join() !== promised?.join()) {
    throw new Error(`it packs ${files.join(', ')}; the page says ${promised?.join(', ')}`);
  }
  const [, example] = /^```js\n(.*?)^```$/ms.exec(readFileSync(join(root, 'docs/objectives/dpo.md'), 'utf8'));
  write(join(folder, 'example.mjs'), example);
  const printed = run('node', ['example.mjs'], folder);
  if (!printed.includes('Tensor')) throw new Error(`the example of docs/objectives/dpo.md prints ${printed}`);
  console.log(`docs/write-an-objective.md: typechecks, passes its tests, and packs ${files.join(', ')}`);
} catch (error) {
  console.error(`docs/write-an-objective.md: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true });
}

/** Runs one line of the page; installs by linking from the workspace, and publishes nothing. */
function follow(line, folder) {
  const installed = /^npm install (?:--save-\w+ )?(.*)$/.exec(line)?.[1];
  if (installed) for (const name of installed.split(' ')) install(name, folder);
  else if (line.startsWith('mkdir')) run('bash', ['-ec', line], scratch);
  else if (!line.startsWith('npm publish')) run('bash', ['-ec', line], folder);
}

function install(name, folder) {
  const target = join(folder, 'node_modules', name);
  mkdirSync(dirname(target), { recursive: true });
  if (name !== '@ais/objectives') {
    symlinkSync(join(here, 'node_modules', name), target);
    return;
  }
  run('npx', ['-y', 'pnpm', 'pack', '--pack-destination', scratch], join(root, 'packages/objectives'));
  const tarball = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
  mkdirSync(target);
  run('tar', ['-xzf', join(scratch, tarball), '-C', target, '--strip-components=1'], scratch);
}

/** The files that a page shows: each block of code belongs to the last file that is named before it. */
function filesOf(text) {
  return [...text.matchAll(/^```(?:ts|js|json)\n(.*?)^```$/gms)].map(({ 1: code, index }) => {
    const named = [...text.slice(0, index).matchAll(/`([\w./-]+\.(?:ts|js|json))`/g)].at(-1);
    return [named[1], code];
  });
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function run(command, given, folder) {
  const bin = join(here, 'node_modules/.bin');
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NODE_OPTIONS: '' };
  return execFileSync(command, given, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
}
