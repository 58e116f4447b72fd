import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@ais/runtime/files';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadPretrained } from '../index.js';
import { locateModel } from './model-folder.js';

const FILES = {
  'config.json': '{"model_type":"gpt_neox"}',
  'model.safetensors': 'weights',
  'tokenizer.json': '{"version":"1.0"}',
  'optimizer.safetensors': 'moments',
  'trainer-state.json': '{}',
};

let root: string;
let run: string;
let folder: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-manifest-'));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  run = join(root, String(count++));
  folder = join(run, 'checkpoints', 'step-3');
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(folder, name), content);
  const files = Object.fromEntries(
    Object.entries(FILES).map(([name, content]) => [
      name,
      { bytes: content.length, sha256: sha256(content) },
    ]),
  );
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify({ format: 1, files })}\n`);
});

describe('the manifest of a checkpoint', () => {
  it('is kept by a checkpoint as it was written, named or found by its run', async () => {
    expect(await locateModel(folder)).toBe(folder);
    expect(await locateModel(run)).toBe(folder);
    await writeFile(join(folder, 'README.md'), 'notes');
    await rm(join(folder, 'optimizer.safetensors'));
    expect(await locateModel(run)).toBe(folder);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'a flipped bit of the weights',
      () => writeFile(join(folder, 'model.safetensors'), 'weightr'),
      /step-3\/model\.safetensors: its content is not what manifest\.json .* remove manifest\.json/,
    ],
    ['a cut file', () => writeFile(join(folder, 'config.json'), '{}'), /config\.json: its content/],
    [
      "another model's tokenizer",
      () => writeFile(join(folder, 'tokenizer.json'), '{"version":"2.0"}'),
      /tokenizer\.json: its/,
    ],
    ['a file that is gone', () => rm(join(folder, 'tokenizer.json')), /tokenizer\.json: it is missing/],
    [
      'a file from elsewhere',
      () => writeFile(join(folder, 'chat_template.jinja'), '{{ x }}'),
      /chat_template\.jinja: it does not belong to this checkpoint/,
    ],
    [
      'a named template from elsewhere',
      async () => {
        await mkdir(join(folder, 'additional_chat_templates'));
        await writeFile(join(folder, 'additional_chat_templates', 'tool_use.jinja'), '{{ x }}');
      },
      /tool_use\.jinja: it does not belong to this checkpoint/,
    ],
    [
      'a damaged manifest',
      () => writeFile(join(folder, 'manifest.json'), '{"format"'),
      /manifest\.json: it is damaged/,
    ],
    [
      'a manifest that leads out of the folder',
      () =>
        writeFile(join(folder, 'manifest.json'), '{"format":1,"files":{"../x":{"bytes":1,"sha256":"0"}}}'),
      /manifest\.json: it is damaged/,
    ],
  ])('notices %s', async (_, damage, message) => {
    await damage();
    for (const name of [run, folder]) {
      await expect(locateModel(name)).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
      await expect(locateModel(name)).rejects.toThrow(message);
      await expect(loadPretrained(name)).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
    }
  });

  it('notices what changes after it was checked, though size and date are the same', async () => {
    await locateModel(folder);
    const file = join(folder, 'model.safetensors');
    const date = new Date('2020-01-01');
    await utimes(file, date, date);
    await locateModel(folder);
    await writeFile(file, 'WEIGHTS');
    await utimes(file, date, date);
    await expect(locateModel(folder)).rejects.toMatchObject({ code: 'checkpoint-corrupt' });
    expect(await readFile(file, 'utf8')).toBe('WEIGHTS');
  });

  it('of another kind, in a folder from elsewhere, says nothing', async () => {
    await writeFile(join(folder, 'manifest.json'), '{"weights":[]}');
    await rm(join(folder, 'trainer-state.json'));
    expect(await locateModel(folder)).toBe(folder);
  });
});
