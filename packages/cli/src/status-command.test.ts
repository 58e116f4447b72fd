import { basename } from 'node:path';
import { describeStudies } from '@ais/studies';
import { configureStudies, keepStudyConfiguration } from '@ais/studies/settings';
import { directoryStore } from '@ais/workflow';
import { expect, test, vi } from 'vitest';
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
    ...{ directory: out, finished: 1, running: 1, waiting: stages.length - 3, failed: 1 },
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
