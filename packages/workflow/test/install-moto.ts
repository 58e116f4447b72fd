import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Installs PyPI's `moto` for a run of tests, unless `AIS_MOTO_SERVER` names its program; it is removed afterwards. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['AIS_MOTO_SERVER']) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'ais-moto-'));
  const run = promisify(execFile);
  await run('python3', ['-m', 'venv', directory]);
  await run(join(directory, 'bin', 'pip'), ['install', '--quiet', 'moto[server]==5.2.5']);
  process.env['AIS_MOTO_SERVER'] = join(directory, 'bin', 'moto_server');
  return () => rm(directory, { recursive: true, force: true });
}
