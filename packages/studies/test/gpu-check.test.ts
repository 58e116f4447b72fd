import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const tool = (name: string): string => fileURLToPath(new URL(`../../../tools/gpu/${name}`, import.meta.url));

// Spaces and all: a folder may be copied to anywhere.
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ais gpu-'));
  place('tools/gpu/check.sh');
  copyFileSync(tool('check.sh'), join(folder, 'ais/tools/gpu/check.sh'));
  // Each says what it was called with; a test makes some of them fail.
  const says = (name: string, more = ''): string =>
    `console.log([${name}, ...process.argv.slice(2)].join(' '), 'in order:', process.env.TF_DETERMINISTIC_OPS); ${more}`;
  place('packages/cli/dist/bin.js', says("'ais'"));
  place('benchmarks/dist/bin.js', says("'bench'"));
  const vitest = place('node_modules/.bin/vitest', '#!/bin/sh\necho "vitest $*, $AIS_BACKEND"');
  chmodSync(vitest, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function place(path: string, content = ''): string {
  const whole = join(folder, 'ais', path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

const log = (name: string): string => readFileSync(join(folder, 'ais/runs/gpu-check', `${name}.log`), 'utf8');

function check(
  environment: Readonly<Record<string, string>> = {},
  argv: readonly string[] = [],
): { readonly status: number | null; readonly ended: Record<string, string>; readonly summary: string } {
  const { status } = spawnSync('bash', [join(folder, 'ais/tools/gpu/check.sh'), ...argv], {
    cwd: '/',
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      VK_ICD_FILENAMES: 'driver.json',
      AIS_BENCHMARK_PYTHON: 'none',
      ...environment,
    },
  });
  const summary = readFileSync(join(folder, 'ais/runs/gpu-check/summary.txt'), 'utf8');
  const ended = Object.fromEntries(
    [...summary.matchAll(/^(\S+) +(\S+( time)?)/gm)].map(([, name, how]) => [name, how]),
  );
  return { status, ended, summary };
}

describe.runIf(process.platform === 'linux')('the check for GPUs', () => {
  test('runs every part in order, the larger models last, and says how each ended', () => {
    const { status, ended, summary } = check();
    expect(ended).toEqual({
      machine: 'ok',
      install: 'ok',
      parity: 'ok',
      resume: 'ok',
      python: 'skipped',
      'preference-pythia-70m': 'ok',
      'preference-smollm2': 'ok',
      'preference-smollm2-any-order': 'ok',
      generation: 'ok',
      webgpu: 'ok',
      'preference-pythia-410m': 'ok',
      'preference-pythia-1b': 'ok',
    });
    expect(status).toBe(0);
    expect(summary).toMatch(/webgpu[\s\S]*preference-pythia-410m/);
    expect(log('install')).toContain('ais native install --gpu');
    expect(log('install')).toContain('ais doctor --backend native-gpu');
    expect(log('parity')).toMatch(/vitest run .*trl-parity.*, native-gpu/);
    expect(log('preference-smollm2')).toMatch(/--model smollm2 .*--trl none in order: undefined/);
    expect(log('preference-smollm2-any-order')).toMatch(/--model smollm2 .*--trl none in order: 0/);
  });

  test('goes on with what needs no TensorFlow where native-gpu does not start, and says why', () => {
    place('packages/cli/dist/bin.js', "console.error('ais: there is no GPU.'); process.exit(1);");
    const { status, ended, summary } = check();
    expect(ended).toMatchObject({
      install: 'FAILED',
      parity: 'skipped',
      generation: 'skipped',
      webgpu: 'ok',
    });
    expect(summary).toMatch(/^install .*ais: there is no GPU\. \(runs\/gpu-check\/install\.log\)$/m);
    expect(summary).toMatch(/^parity .*native-gpu does not run here$/m);
    expect(status).toBe(1);
  });

  test('goes on after a part that fails', () => {
    place('benchmarks/dist/bin.js', "console.error('error: a side ended'); process.exit(1);");
    const { status, ended, summary } = check();
    expect(ended).toMatchObject({ parity: 'ok', 'preference-smollm2': 'FAILED', generation: 'FAILED' });
    expect(ended).toMatchObject({ webgpu: 'ok', 'preference-pythia-1b': 'FAILED' });
    expect(summary).toMatch(/^generation .*error: a side ended/m);
    expect(status).toBe(1);
  });

  test('begins nothing for which no time is left', () => {
    const { status, ended } = check({ LIMIT: '5' });
    expect(ended).toMatchObject({
      machine: 'no time',
      install: 'no time',
      parity: 'skipped',
      webgpu: 'no time',
    });
    expect(status).toBe(1);
  });

  test('rehearses on the processor, with a small model, by what was packed', () => {
    writeFileSync(join(folder, 'environment.sh'), 'export AIS_CACHE_DIRECTORY=packed');
    const { status, ended } = check({}, ['--rehearse']);
    expect(ended).toMatchObject({ install: 'ok', 'preference-demo': 'ok', generation: 'ok', webgpu: 'ok' });
    expect(Object.keys(ended)).not.toContain('preference-smollm2');
    expect(log('install')).toMatch(/^ais native install in order/);
    expect(log('preference-demo')).toMatch(/--pairs 2 .*--repetitions 1 /);
    expect(log('machine')).toContain('AIS_CACHE_DIRECTORY=packed');
    expect(status).toBe(0);
  });
});

test.each(['study.sh', 'check.sh', 'pack.sh'])('%s is a script that bash reads', (script) => {
  const { status, stderr } = spawnSync('bash', ['-n', tool(script)], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});
