// Runs every command of docs/objectives/papers.md for a few updates: `pnpm check:papers`, after a build.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/objectives/papers.md'), 'utf8');
const commands = [...page.matchAll(/\| `ais (.+?)` \|/g)].map(([, command]) => command);
const few = [
  '--steps',
  '3',
  '--batch-size',
  '4',
  '--micro-batch-size',
  '4',
  '--records',
  '24',
  '--set',
  'data.heldOut=8',
];
const quick = ['--set', 'evaluation.points=0', '--set', 'data.maxResponseTokens=8'];

const folder = mkdtempSync(join(tmpdir(), 'ais-papers-'));
try {
  for (const [index, command] of commands.entries()) {
    const words = command.split(' ');
    const own = words[0] === 'train' ? [...few, ...quick] : few;
    const out = join(folder, `${index}`);
    const started = performance.now();
    execFileSync(
      process.execPath,
      [join(root, 'packages/cli/dist/bin.js'), ...words, ...own, '--out', out, '--json'],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    console.log(`${((performance.now() - started) / 1000).toFixed(1)} s: ais ${command}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
