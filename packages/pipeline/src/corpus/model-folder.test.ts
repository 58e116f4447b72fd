import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CheckpointError } from '@ais/language-model';
import { HubError } from '@ais/runtime/hub';
import { afterAll, expect, test } from 'vitest';
import { modelFolder } from './model-folder.js';

const root = mkdtempSync(join(tmpdir(), 'ais-model-folder-'));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'sft'));

const onHub = async (): Promise<string> => {
  const place = 'https://huggingface.co/x';
  throw new CheckpointError(
    'download-failed',
    'it cannot be reached. (There is no folder x, so this is the repository on the Hub.)',
    { file: place },
    { cause: new HubError('hub-failed', 'it cannot be reached.', { place }) },
  );
};

test('a path with nothing there is a folder that is missing, and not first a repository', async () => {
  await expect(modelFolder('runs/nothing', 'model', onHub)).rejects.toMatchObject({
    name: 'PipelineError',
    code: 'invalid-setting',
    key: 'model',
    message: expect.stringMatching(
      /There is no folder runs\/nothing\..* Check the path\. Looking up a repository of that name on the Hub failed as well: https:\/\/huggingface\.co\/x: it cannot be reached\.$/,
    ),
  });
  const mistyped = relative('.', join(root, 'sfd'));
  await expect(modelFolder(mistyped, 'scorer', onHub)).rejects.toMatchObject({
    key: 'scorer',
    message: expect.stringContaining(`Did you mean ${relative('.', join(root, 'sft'))}?`),
  });
});

test('another name is one of the Hub, and what is there is what it is', async () => {
  await expect(modelFolder('owner/name', 'model', onHub)).rejects.toThrow(CheckpointError);
  await expect(modelFolder(join(root, 'sft'), 'model', onHub)).rejects.toThrow(CheckpointError);
  expect(await modelFolder('runs/nothing', 'model', async () => '/there')).toBe('/there');
});
