import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertedFolder } from '@ais/language-model/gguf';
import { afterAll, expect, test, vi } from 'vitest';
import { NAMED_MODELS } from './named-models.js';
import { listModels, pullModel } from './pull-model.js';

const cache = mkdtempSync(join(tmpdir(), 'ais-pull-'));
vi.stubEnv('AIS_CACHE_DIRECTORY', cache);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

test('a model from a wheel is used as this version of the converter writes it, and as no other', async () => {
  const [{ name, wheel } = { name: '', wheel: { sha256: '' } }] = NAMED_MODELS;
  const listed = () => listModels().find((each) => each.name === name)?.directory;
  // What the first version of the converter wrote, and what this one makes of another wheel.
  mkdirSync(join(cache, 'models', name), { recursive: true });
  mkdirSync(convertedFolder(name, wheel.sha256, 1), { recursive: true });
  mkdirSync(convertedFolder(name, 'another'), { recursive: true });
  expect(listed()).toBeNull();
  const directory = convertedFolder(name, wheel.sha256);
  mkdirSync(directory, { recursive: true });
  expect(listed()).toBe(directory);
  expect(await pullModel(name)).toEqual({ name, directory, source: 'wheel' });
});
