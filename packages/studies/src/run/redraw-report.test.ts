import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { SearchData } from '../collect/search-data.js';
import { readSearch } from '../study-report/study-report-files.js';
import { redrawReport } from './redraw-report.js';

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-redraw-'));
});
afterEach(() => rm(scratch, { recursive: true }));

async function folder(name: string, file?: string, content = ''): Promise<string> {
  const path = join(scratch, name);
  await mkdir(path);
  if (file !== undefined) await writeFile(join(path, file), content);
  return path;
}

it('says that runs and studies are not put together, whichever comes first', async () => {
  const run = await folder('run', 'metrics.jsonl');
  const study = await folder('study', 'study.json', JSON.stringify(examplePolicyStudy('fig3')));
  for (const folders of [
    [run, study],
    [study, run],
  ]) {
    await expect(redrawReport(folders, join(scratch, 'out'))).rejects.toMatchObject({
      name: 'StudyError',
      code: 'nothing-to-report',
      message: expect.stringContaining(
        `${run} is a training run, and ${study} holds a study: one report cannot have both. Give only runs, or only studies.`,
      ),
    });
  }
});

it('names a folder beside a run that holds nothing', async () => {
  const run = await folder('run', 'metrics.jsonl');
  const none = await folder('none');
  await expect(redrawReport([run, none], join(scratch, 'out'))).rejects.toThrow(
    `${none} holds no finished run`,
  );
});

it('keeps a search that several folders hold, and refuses two different ones', async () => {
  const found: SearchData = {
    scale: 'small',
    source: 'debian',
    beta: 0.01,
    rates: [],
    command: 'ais study search',
    backend: 'wasm',
    versions: {},
    settings: { 'preference.steps': 10 },
  };
  const holding = (name: string, data: SearchData) => folder(name, 'search.json', JSON.stringify(data));
  const one = await holding('one', found);
  const same = await holding('same', { ...found, backend: 'native' });
  const other = await holding('other', { ...found, settings: { 'preference.steps': 20 } });
  const out = join(scratch, 'out');
  await redrawReport([one, same], out);
  expect(await readSearch(out)).toEqual(found);
  await expect(redrawReport([one, other], out)).rejects.toMatchObject({
    name: 'StudyError',
    code: 'another-study',
    message: expect.stringContaining(
      `${one} and ${other} hold different searches for the learning rate. Leave one of them out.`,
    ),
  });
});
