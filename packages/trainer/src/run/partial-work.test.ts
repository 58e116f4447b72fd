import { appendFile, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { runFolder } from '../../test/run-folder.js';
import { ConfigurationMismatch } from '../errors.js';
import { openPartialWork, partialWorkInputs, readPartialWork } from './partial-work.js';

const folder = runFolder();
const inputs = { command: 'sum', settings: { seed: 1 } };

test('resumes with the parts that were kept, but for one that was cut off', async () => {
  const path = folder('new/work.partial');
  expect(await partialWorkInputs(path)).toBeUndefined();
  const first = await openPartialWork<number[]>(path, inputs, true);
  expect([...first.done]).toEqual([]);
  await first.keep(0, [1, 0.1]);
  await first.keep(2, [3]);
  await first.close();
  await appendFile(path, '{"part":3,"val');
  // Whatever else stands there is no part.
  await appendFile(path, '\nnull\n[0]\n"part"\n3\n');
  expect(await partialWorkInputs(path)).toEqual(inputs);

  const second = await openPartialWork<number[]>(path, inputs, true);
  expect([...second.done]).toEqual([
    [0, [1, 0.1]],
    [2, [3]],
  ]);
  await second.keep(3, [4]);
  await second.close();
  const third = await openPartialWork<number[]>(path, inputs, true);
  expect([...third.done.keys()]).toEqual([0, 2, 3]);
  await third.close();
});

test('refuses parts of other inputs, names the one that differs, and starts over where it may', async () => {
  const path = folder('work.partial');
  const first = await openPartialWork<number>(path, inputs, false);
  await first.keep(0, 1);
  const other = { ...inputs, settings: { seed: 2 } };
  const refused = openPartialWork<number>(path, other, true);
  await expect(refused).rejects.toBeInstanceOf(ConfigurationMismatch);
  await expect(refused).rejects.toMatchObject({ key: 'settings.seed' });

  const anew = await openPartialWork<number>(path, other, false);
  // The first process does not know that its file is another's now.
  await first.keep(1, 2);
  await anew.keep(1, 20);
  await Promise.all([first.close(), anew.close()]);
  const resumed = await openPartialWork<number>(path, other, true);
  expect([...resumed.done]).toEqual([[1, 20]]);
  await resumed.close();
  expect(await readFile(path, 'utf8')).toContain('"seed":2');

  const same = await openPartialWork<number>(path, other, 'if-same');
  expect([...same.done]).toEqual([[1, 20]]);
  await same.close();
  const different = await openPartialWork<number>(path, inputs, 'if-same');
  expect([...different.done]).toEqual([]);
  await different.close();
  expect(await partialWorkInputs(path)).toEqual(inputs);
});

test('remembers the notes of the last call that resumed it', async () => {
  const path = folder('work.partial');
  const begun = await openPartialWork<number>(path, { ...inputs, notes: { calls: 5 } }, false);
  await begun.keep(0, 1);
  await begun.close();
  const raised = { ...inputs, notes: { calls: 9 } };
  const resumed = await openPartialWork<number>(path, raised, true);
  expect([...resumed.done]).toEqual([[0, 1]]);
  await resumed.keep(1, 2);
  await resumed.close();
  expect(await partialWorkInputs(path)).toEqual(raised);
  expect([...((await readPartialWork(path))?.done ?? [])]).toEqual([
    [0, 1],
    [1, 2],
  ]);
});
