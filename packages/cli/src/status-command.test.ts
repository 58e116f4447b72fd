import { mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describeStudies } from '@ais/studies';
import { configureStudies, keepStudyConfiguration } from '@ais/studies/settings';
import { directoryStore } from '@ais/workflow';
import { describe, expect, test, vi } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { scratchFolder } from '../test/scratch-folder.js';
import { runProgram } from './program.js';

const scratch = scratchFolder();
const output = capturedOutput();

test('ais status tells which stages of a study are finished, running, waiting, and failed', async () => {
  const [out, root] = [scratch('out'), scratch('store')];
  const configuration = await configureStudies({ name: 'fig2' }, root);
  await keepStudyConfiguration(out, configuration);
  const { settings: studies, backend } = configuration;
  const { stages } = await describeStudies({ studies, store: root, backend, processes: 1 });
  const store = directoryStore(root);
  const begin = (place: number) => {
    const folder = basename(stages[place]?.folder ?? '');
    return store.begin({ kind: 'any', key: '', folder, settings: {}, needs: {}, title: 'any' });
  };
  const finished = await begin(0);
  const record = { kind: 'any', key: '', settings: {}, needs: {}, versions: {}, seconds: 1, result: {} };
  await finished.commit(record);
  await finished.release();
  const running = await begin(1);
  const failed = await begin(2);
  await failed.abandon(1, 'The disk is full.');
  await failed.release();

  expect(await runProgram(['status', out, '--json']), output.err).toBe(0);
  expect(JSON.parse(output.out)).toMatchObject({
    directory: out,
    finished: 1,
    running: 1,
    waiting: stages.length - 3,
    failed: 1,
    stages: [
      { title: stages[0]?.title, state: 'finished' },
      { title: stages[1]?.title, state: 'running' },
      { title: stages[2]?.title, state: 'failed', failure: 'The disk is full.' },
      ...stages.slice(3).map(({ title }) => ({ title, state: 'waiting' })),
    ],
  });
  output.out = '';
  expect(await runProgram(['status', out])).toBe(0);
  expect(output.out.split('\n')).toEqual([
    `1 of ${stages.length} stages finished, 1 running, ${stages.length - 3} waiting, 1 failed; ${stages.length - 1} of unknown length`,
    `running  ${stages[1]?.title}`,
    `failed   ${stages[2]?.title}: The disk is full.`,
    '',
  ]);
  await running.release();
});

describe('of a study that looks at its claims several times', () => {
  /** A study of three looks whose data are those of the first, and all stages of that one are finished. */
  async function begun(verdict?: string): Promise<{ readonly out: string; readonly stages: number }> {
    const [out, root] = [scratch('out'), scratch('store')];
    const configuration = await configureStudies({ name: 'fig2', seeds: [1, 2, 3] }, root);
    await keepStudyConfiguration(out, configuration);
    const { settings, backend } = configuration;
    const { stages = [] } = await describeStudies({ studies: settings, store: root, backend, processes: 1 });
    const store = directoryStore(root);
    const first = stages.filter(({ look }) => look === 1);
    for (const { folder } of first) {
      const attempt = await store.begin({
        kind: 'any',
        key: '',
        folder: basename(folder),
        settings: {},
        needs: {},
        title: 'any',
      });
      await attempt.commit({
        kind: 'any',
        key: '',
        settings: {},
        needs: {},
        versions: {},
        seconds: 1,
        result: {},
      });
      await attempt.release();
    }
    if (verdict !== undefined) {
      mkdirSync(scratch('out', 'fig2'));
      writeFileSync(scratch('out', 'fig2', 'study.json'), JSON.stringify({ study: 'fig2', seeds: [1] }));
      const claims = ['shown', verdict].map((each) => ({ figure: 'fig2', verdict: each }));
      writeFileSync(scratch('out', 'claims.json'), JSON.stringify(claims));
    }
    return { out, stages: first.length };
  }

  test('ais status waits for no look that is not needed', async () => {
    const { out, stages } = await begun('refuted');
    expect(await runProgram(['status', out]), output.err).toBe(0);
    expect(output.out).toBe(
      `${stages} of ${stages} stages finished, 0 running, 0 waiting, 0 failed\n` +
        'fig2: no claim is open after look 1 of 3, so looks 2 to 3 are not needed\n',
    );
    output.out = '';
    expect(await runProgram(['status', out, '--json'])).toBe(0);
    expect(JSON.parse(output.out)).toMatchObject({
      finished: stages,
      waiting: 0,
      unknown: 0,
      expectedSeconds: 0,
      looks: [{ study: 'fig2', look: 1, looks: 3, isDecided: true }],
    });
  });

  test('ais status waits for the next one while a claim is open, and not for the last', async () => {
    const { out, stages } = await begun('open');
    expect(await runProgram(['status', out]), output.err).toBe(0);
    const counts = /of (\d+) stages finished, 0 running, (\d+) waiting/.exec(output.out) ?? [];
    const [total = 0, waiting = 0] = counts.slice(1).map(Number);
    expect(waiting).toBeGreaterThan(0);
    expect(total).toBe(stages + waiting);
    expect(output.out).toContain('fig2: at look 2 of 3; look 3 is not needed unless claims stay open\n');
  });

  test('ais status waits for the first one alone until its data are written', async () => {
    const { out, stages } = await begun();
    expect(await runProgram(['status', out]), output.err).toBe(0);
    expect(output.out).toContain(`${stages} of ${stages} stages finished, 0 running, 0 waiting`);
    expect(output.out).toContain(
      'fig2: at look 1 of 3; looks 2 to 3 are not needed unless claims stay open\n',
    );
  });
});

test('ais status --serve shows the same on a page of this machine, until it is stopped', async () => {
  const [out, root] = [scratch('served'), scratch('served-store')];
  await keepStudyConfiguration(out, await configureStudies({ name: 'fig2' }, root));
  output.out = '';
  const over = runProgram(['status', out, '--serve']);
  await vi.waitFor(() => expect(output.out).toMatch(/^http:/), { timeout: 60_000 });
  const found = await (await fetch(new URL('status.json', output.out))).json();
  expect(found).toMatchObject({ finished: 0, running: 0, failed: 0, report: false, stages: [] });
  expect(found.waiting).toBeGreaterThan(0);
  process.emit('SIGTERM');
  expect(await over, output.err).toBe(0);
});

test('ais status --serve tells at once what is wrong', async () => {
  expect(await runProgram(['status', scratch(), '--serve'])).toBe(2);
  expect(await runProgram(['status', scratch(), '--serve', '70000'])).toBe(2);
  expect(output.err).toContain('--serve must be a port up to 65535');
});

test('ais status of a folder without a study says what to give', async () => {
  expect(await runProgram(['status', scratch()])).toBe(2);
  expect(output.err).toContain(`${scratch()} holds no study. Give the folder that ais study --out wrote.`);
});

test('the folder of a training run is said to be one, and what shows it', async () => {
  mkdirSync(scratch('run'));
  writeFileSync(
    scratch('run', 'config.json'),
    JSON.stringify({ configuration: { command: 'train', settings: {} } }),
  );
  expect(await runProgram(['status', scratch('run')])).toBe(2);
  expect(output.err).toContain(
    `${scratch('run')} is the folder of a training run, not of a study. ais report ${scratch('run')} shows`,
  );
});
