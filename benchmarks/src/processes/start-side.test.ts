import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BenchmarkError } from '../errors.js';
import { startSide } from './start-side.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-start-side-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A side in shell, in the place of Python. */
async function interpreter(script: string): Promise<void> {
  const path = join(folder, 'python');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv('AIS_BENCHMARK_PYTHON', path);
}

const program = { python: 'any', settings: { size: 3 } };

describe('startSide', () => {
  it('hands over the settings and the number of threads, and nothing that changes the arithmetic', async () => {
    vi.stubEnv('ONEDNN_DEFAULT_FPMATH_MODE', 'BF16');
    vi.stubEnv('TF_DETERMINISTIC_OPS', '0');
    await interpreter(
      'echo "{\\"settings\\":$2,\\"threads\\":\\"$OMP_NUM_THREADS\\",\\"mode\\":\\"$ONEDNN_DEFAULT_FPMATH_MODE\\",\\"same\\":\\"$TF_DETERMINISTIC_OPS\\"}"; read line',
    );
    const side = await startSide(program, { threads: 2 });
    expect(side.facts).toEqual({ settings: { size: 3 }, threads: '2', mode: '', same: '0' });
    await side.close();
  });

  it('asks for one measurement after another, in one process', async () => {
    await interpreter('n=0; echo "{}"; while read line; do n=$((n+1)); echo "{\\"n\\":$n}"; done');
    const side = await startSide(program, { threads: 1 });
    expect([await side.measure(), await side.measure()]).toEqual([{ n: 1 }, { n: 2 }]);
    await side.close();
  });

  it('says what a side wrote when it ends early, before its first word or amid its work', async () => {
    await interpreter('echo "no such module" >&2; exit 3');
    await expect(startSide(program, { threads: 1 })).rejects.toThrow(
      /any\.py ended \(exit status 3\):\nno such module/,
    );
    await interpreter('echo "{}"; read line; exit 4');
    const side = await startSide(program, { threads: 1 });
    const failure = await side.measure().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BenchmarkError);
    expect(failure).toMatchObject({ code: 'side-failed' });
  });

  it('ends the process when it is interrupted, also while it works', async () => {
    const noted = join(folder, 'pid');
    await interpreter(`echo $$ > ${noted}; echo "{}"; read line; exec sleep 600`);
    const interruption = new AbortController();
    const side = await startSide(program, { threads: 1, signal: interruption.signal });
    const measuring = side.measure();
    interruption.abort();
    await expect(measuring).rejects.toMatchObject({ name: 'AbortError' });
    const child = Number(await readFile(noted, 'utf8'));
    expect(() => process.kill(child, 0)).toThrow(/ESRCH/);
  });

  it('names what is missing where there is no Python', async () => {
    vi.stubEnv('AIS_BENCHMARK_PYTHON', '');
    vi.stubEnv('XDG_CACHE_HOME', folder);
    vi.stubEnv('PATH', folder);
    const failure = await startSide(program, { threads: 1 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'python-absent' });
    expect(String(failure)).toContain('python3');
  });
});
