import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
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
