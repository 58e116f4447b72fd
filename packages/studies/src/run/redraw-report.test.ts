import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { SearchData } from '../collect/search-data.js';
import { writeStudyData } from '../collect/write-study-data.js';
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

describe('the data of a study of one’s own', () => {
  const mine = (name: string) =>
    `name: ${name}\ntitle: A title of ${name}\nruns: [{ title: DPO, beta: 0.01 }]\n`;
  const data = { ...examplePolicyStudy('fig3', { prompts: 8, evaluations: 2, seeds: [1] }), study: 'mine' };

  it('find its file wherever both were moved together', async () => {
    await folder('here', 'mine.yaml', mine('mine'));
    await writeStudyData(join(scratch, 'here', 'runs', 'mine'), {
      ...data,
      file: join(scratch, 'here', 'mine.yaml'),
    });
    const path = join(scratch, 'here', 'runs', 'mine', 'study.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ file: join('..', '..', 'mine.yaml') });
    await rename(join(scratch, 'here'), join(scratch, 'there'));
    const [page = ''] = await redrawReport([join(scratch, 'there', 'runs')]);
    expect(await readFile(page, 'utf8')).toContain('A title of mine');
  });

  it('are drawn by the file that is named where theirs is not there, and say so', async () => {
    const gone = '/gone/mine.yaml';
    const one = await folder('one', 'study.json', JSON.stringify({ ...data, file: gone }));
    await expect(redrawReport([one])).rejects.toMatchObject({
      code: 'invalid-study',
      message: expect.stringContaining(
        `the study mine is defined in ${gone}, which is not there. Name the file where it is now: ais report --allow path/to/mine.yaml`,
      ),
    });
    const file = join(await folder('files', 'mine.yaml', mine('mine')), 'mine.yaml');
    const other = join(await folder('others', 'other.yaml', mine('other')), 'other.yaml');
    const [page = ''] = await redrawReport([one], join(scratch, 'out'), [other, file]);
    expect(await readFile(page, 'utf8')).toContain('A title of mine');
    // The copy knows where the file is.
    expect(await redrawReport([join(scratch, 'out')])).not.toEqual([]);
    await expect(redrawReport([one], undefined, [other])).rejects.toThrow(gone);
  });

  it('of several folders have the file that is there', async () => {
    const file = join(await folder('files', 'mine.yaml', mine('mine')), 'mine.yaml');
    const two = examplePolicyStudy('fig3', { prompts: 8, evaluations: 2, seeds: [2] });
    const one = await folder('one', 'study.json', JSON.stringify({ ...data, file: '/gone/mine.yaml' }));
    const other = await folder('other', 'study.json', JSON.stringify({ ...two, study: 'mine', file }));
    expect(await redrawReport([one, other], join(scratch, 'out'))).not.toEqual([]);
  });
});
