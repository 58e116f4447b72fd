// Installs what one loss needs, as the README of @ais/objectives says, from its packed tarball with npm; measures what lies on
// the disk then, and runs the README's program with a gradient.
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIMIT = 60e6;

const objectives = join(
  import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  '../../packages/objectives',
);
const readme = readFileSync(join(objectives, 'README.md'), 'utf8');
const [, wanted] = /npm install @ais\/objectives (@tensorflow\/tfjs-core .*)\n/.exec(readme);
const [, program] = /```mjs\n([\s\S]*?)```/.exec(readme);

const folder = mkdtempSync(join(tmpdir(), 'ais-installed-'));
try {
  execFileSync('npx', ['-y', 'pnpm', 'pack', '--pack-destination', folder], {
    cwd: objectives,
    stdio: 'pipe',
  });
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const packages = [`./${tarball}`, ...wanted.split(' ')];
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder, stdio: 'pipe' });

  const bytes = occupied(join(folder, 'node_modules'));
  console.log(`${wanted} and @ais/objectives: ${(bytes / 1e6).toFixed(1)} MB installed`);
  if (bytes > LIMIT) throw new Error(`Installed are ${bytes} bytes; ${LIMIT} are allowed.`);

  const gradient =
    'console.log(JSON.stringify(tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([3])).arraySync()));';
  writeFileSync(join(folder, 'program.js'), `${program}\n${gradient}\n`);
  const output = execFileSync(process.execPath, ['program.js'], { cwd: folder, encoding: 'utf8' });
  // −log σ(0.1·(0.5 + 0.5)), and 2·3.
  if (!/\[0\.64439/.test(output) || !output.trim().endsWith('[6]'))
    throw new Error(`The README's program printed ${output}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What files occupy on the disk: whole blocks, where the file system tells them. */
function occupied(path) {
  const status = lstatSync(path);
  if (!status.isDirectory()) return status.blocks === undefined ? status.size : 512 * status.blocks;
  return readdirSync(path).reduce(
    (sum, name) => sum + occupied(join(path, name)),
    512 * (status.blocks ?? 0),
  );
}
