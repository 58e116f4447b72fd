import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPretrained, loadRewardModel } from '../index.js';
import { locateModel } from './model-folder.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'model-folder-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function folder(...files: string[]): Promise<string> {
  const to = await mkdtemp(join(directory, 'folder-'));
  for (const entry of files) {
    const [name = '', content = ''] = entry.split(/=(.*)/s);
    await mkdir(dirname(join(to, name)), { recursive: true });
    await (name.endsWith('/')
      ? mkdir(join(to, name), { recursive: true })
      : writeFile(join(to, name), content));
  }
  return to;
}

const NEOX = 'config.json={"model_type":"gpt_neox"}';

describe('locateModel', () => {
  it.each<[string, string[], string, RegExp]>([
    [
      'PyTorch weights',
      [NEOX, 'pytorch_model.bin'],
      'pytorch-weights',
      /pytorch_model\.bin.*save_pretrained/,
    ],
    [
      'PyTorch weights in parts',
      [NEOX, 'pytorch_model-00001-of-00002.bin', 'pytorch_model.bin.index.json'],
      'pytorch-weights',
      /Convert them to safetensors/,
    ],
    ['weights of TensorFlow', [NEOX, 'tf_model.h5'], 'unsupported-weights', /tf_model\.h5/],
    [
      'an adapter of another kind',
      ['adapter_config.json={}', 'adapter_model.safetensors'],
      'unsupported-adapter',
      /peft_type/,
    ],
    ['an adapter without weights', ['adapter_config.json={}', 'tokenizer.json={}'], 'peft-adapter', /PEFT/],
    ['GGUF files', ['model.Q4_1.gguf', 'model.Q8_0.gguf'], 'gguf-file', /model\.Q4_1\.gguf/],
    ['a tokenizer', ['tokenizer.json={}', 'tokenizer_config.json={}'], 'tokenizer-only', /no model/],
    [
      'a run without a checkpoint',
      ['config.json={"seed":1}', 'checkpoints/'],
      'unfinished-run',
      /no checkpoint yet/,
    ],
    [
      'a checkpoint that is being written',
      ['config.json={}', 'checkpoints/.step-4/x'],
      'unfinished-run',
      /Resume/,
    ],
    [
      'prepared data',
      ['manifest.json={"format":"ais-prepared-data"}', 'tokenizer/tokenizer.json={}'],
      'prepared-data',
      /source of the data/,
    ],
    ['nothing', [], 'not-a-model', /an empty folder/],
    ['something else', ['notes.txt', '.hidden'], 'not-a-model', /found notes\.txt\.$/],
    [
      'a model of another family',
      ['config.json={"model_type":"mixtral"}', 'pytorch_model.bin'],
      'unsupported-architecture',
      /Expected model_type "gpt_neox".*, found model_type "mixtral"/,
    ],
    ['no weights', [NEOX], 'checkpoint-not-found', /model\.safetensors: the folder has no weights/],
  ])('says that a folder has %s', async (_, files, code, message) => {
    const at = await folder(...files);
    for (const load of [locateModel, loadPretrained, loadRewardModel]) {
      await expect(load(at)).rejects.toMatchObject({
        name: 'CheckpointError',
        code,
        exit: 'usage',
        message: expect.stringMatching(message),
      });
    }
  });

  it.each(['config.json={"model_type":"mixtral"}', 'config.json={}'])(
    'lists the families that there are for %s with weights',
    async (config) => {
      await expect(loadPretrained(await folder(config, 'model.safetensors'))).rejects.toMatchObject({
        code: 'unsupported-architecture',
        expected: expect.stringMatching(/^model_type "gpt_neox".*"llama"/),
      });
    },
  );

  it('says that a path does not exist, if it cannot be a repository', async () => {
    const paths = [
      join(directory, 'nowhere'),
      './nowhere',
      '../there-is-no-such-folder',
      'nowhere',
      'a/b/c',
      join(directory, 'x/y'),
    ];
    for (const path of paths) {
      await expect(loadPretrained(path)).rejects.toMatchObject({
        code: 'checkpoint-not-found',
        file: path,
        message: expect.stringContaining('does not exist'),
      });
    }
  });

  it('says both if it could be a repository, and the Hub cannot be reached', async () => {
    await expect(
      loadPretrained('runs/sft', { endpoint: 'http://127.0.0.1:9', cacheDirectory: directory }),
    ).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('There is no folder runs/sft'),
      // Alone, for those who say the first themselves.
      cause: expect.objectContaining({
        name: 'HubError',
        message: expect.not.stringContaining('There is no folder'),
      }),
    });
  });

  it('never asks the Hub for what exists', async () => {
    const before = process.cwd();
    const at = await folder('owner/name/notes.txt');
    try {
      process.chdir(at);
      await expect(loadPretrained('owner/name', { endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
        code: 'not-a-model',
      });
    } finally {
      process.chdir(before);
    }
  });

  it('says that a file is no folder', async () => {
    const at = await folder('a.gguf', 'model.safetensors', 'pytorch_model.bin');
    for (const [name, code] of [
      ['a.gguf', 'checkpoint-corrupt'],
      ['pytorch_model.bin', 'pytorch-weights'],
      ['model.safetensors', 'not-a-model'],
    ] as const) {
      await expect(locateModel(join(at, name))).rejects.toMatchObject({ code, file: join(at, name) });
    }
  });

  it('finds a model’s folder, and the newest checkpoint of a run', async () => {
    const whole = await folder('model.safetensors', 'adapter_config.json={}');
    expect(await locateModel(whole)).toBe(whole);
    const run = await folder(
      'checkpoints/step-9/model.safetensors',
      'checkpoints/step-10/model.safetensors',
      'config.json={}',
    );
    expect(await locateModel(run)).toBe(join(run, 'checkpoints', 'step-10'));
  });
});
