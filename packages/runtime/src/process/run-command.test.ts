import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interruptible } from './interruption.js';
import { runCommand } from './run-command.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-process-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs a module that may import the sources of this package. */
function startModule(text: string): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const source = (path: string): string => new URL(path, import.meta.url).href;
  const module = text.replace(/'\.\.?\/[^']*'/g, (path) => `'${source(path.slice(1, -1))}'`);
  return spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', module], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TMPDIR: root },
  });
}

describe.skipIf(process.platform === 'win32')('runCommand', () => {
  it('tells the status and the output', async () => {
    const parameters = ['-c', 'echo "$1 $PLACE"; pwd; echo no >&2; exit 3', 'sh', 'a  b'];
    const found = await runCommand('sh', parameters, { environment: { PLACE: 'here' }, directory: '/' });
    expect(found).toEqual({ status: 3, stdout: 'a  b here\n/\n', stderr: 'no\n' });
    expect((await runCommand('there-is-no-such-program', [])).status).toBe(127);
  });

  it('ends with the signal around it, with all that it has started', async () => {
    const controller = new AbortController();
    const file = join(root, 'group');
    const running = interruptible(controller.signal, () =>
      runCommand('sh', ['-c', 'sleep 600 & echo $! > "$1.new"; mv "$1.new" "$1"; wait', 'sh', file]),
    );
    await until(() => existsSync(file));
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await until(() => !lives(Number(readFileSync(file, 'utf8'))));
    await expect(runCommand('true', [], { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('ends when this process is killed, and so does its folder', async () => {
    const scratch = join(root, 'scratch');
    mkdirSync(scratch);
    writeFileSync(join(scratch, 'half'), '');
    const file = join(root, 'orphan');
    const child = startModule(`
      import { runCommand } from './run-command.ts';
      const line = 'echo $$ > "$1.new"; mv "$1.new" "$1"; exec sleep 600';
      await runCommand('sh', ['-c', line, 'sh', ${JSON.stringify(file)}], { scratch: ${JSON.stringify(scratch)} });
    `);
    await until(() => existsSync(file));
    child.kill('SIGKILL');
    await until(() => !lives(Number(readFileSync(file, 'utf8'))));
    await until(() => !existsSync(scratch));
  });

  it('and what is temporary ends when the process exits', async () => {
    const file = join(root, 'exiting');
    const child = startModule(`
      import { makeWhole, withTemporaryFolder } from '../files/index.ts';
      import { runCommand } from './run-command.ts';
      import { writeFile } from 'node:fs/promises';
      const path = ${JSON.stringify(join(root, 'whole'))};
      void withTemporaryFolder('exit', (folder) =>
        makeWhole(path, async (temporary) => {
          await writeFile(temporary, 'half');
          const running = runCommand('sh', ['-c', 'echo $$; exec sleep 600']);
          void runCommand('sh', ['-c', 'echo $$ > "$1.new"; mv "$1.new" "$1"; exec sleep 600', 'sh', ${JSON.stringify(file)}]);
          const { existsSync } = await import('node:fs');
          setInterval(() => existsSync(${JSON.stringify(file)}) && process.exit(0), 10);
          await running;
        }),
      );
    `);
    await once(child, 'exit');
    await until(() => !lives(Number(readFileSync(file, 'utf8'))));
    expect(readdirSync(root).filter((name) => /whole|ais-exit/.test(name))).toEqual([]);
  });
});
