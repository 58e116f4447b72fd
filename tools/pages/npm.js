// `npm` for the readers of pages: `npm install` links what this folder depends on, and the rest is npm's own.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [command, ...rest] = process.argv.slice(2);
if (command === 'install') {
  for (const name of rest.filter((argument) => !argument.startsWith('-'))) {
    const installed = join(import.meta.dirname, 'node_modules', name);
    if (!existsSync(installed)) throw new Error(`${name} is not a dependency of tools/pages`);
    const target = join('node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target)) symlinkSync(installed, target);
  }
} else {
  const bin = join(import.meta.dirname, 'node_modules/.bin');
  const own = process.env.PATH.split(':').slice(1);
  const env = { ...process.env, PATH: [bin, ...own].join(':') };
  process.exitCode = spawnSync('npm', [command, ...rest], { stdio: 'inherit', env }).status;
}
