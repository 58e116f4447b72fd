import { link, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isLinked, linkAddon } from './link-addon.js';

let directory: string;
let addon: string;
let place: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-link-'));
  addon = join(directory, 'cache.node');
  place = join(directory, 'package/lib/addon.node');
  await writeFile(addon, 'new');
});

afterEach(() => rm(directory, { recursive: true }));

it('makes the folder and the link, and takes both back', async () => {
  const { undo } = await linkAddon(addon, place);
  expect(await readlink(place)).toBe(addon);
  expect(await isLinked(addon, place)).toBe(true);
  await undo();
  expect(await isLinked(addon, place)).toBe(false);
  await expect(stat(place)).rejects.toThrow('ENOENT');
});

it('never writes through a file that a store shares', async () => {
  const store = join(directory, 'store.node');
  await writeFile(store, 'old');
  await mkdir(join(directory, 'package/lib'), { recursive: true });
  await link(store, place);
  const { undo } = await linkAddon(addon, place);
  expect(await readFile(place, 'utf8')).toBe('new');
  expect(await readFile(store, 'utf8')).toBe('old');
  await undo();
  expect(await readFile(place, 'utf8')).toBe('old');
  const { keep } = await linkAddon(addon, place);
  await keep();
  expect(await readFile(store, 'utf8')).toBe('old');
  await expect(stat(`${place}.previous`)).rejects.toThrow('ENOENT');
});

it('replaces a dangling link, and what an earlier run left', async () => {
  await mkdir(join(directory, 'package/lib'), { recursive: true });
  await symlink(join(directory, 'gone'), place);
  await writeFile(`${place}.next`, '');
  await writeFile(`${place}.previous`, '');
  const { keep } = await linkAddon(addon, place);
  await keep();
  expect(await readFile(place, 'utf8')).toBe('new');
});

it('copies an addon that needs files beside it, with these files', async () => {
  const library = join(directory, 'tensorflow.dll');
  await writeFile(library, 'library');
  await mkdir(join(directory, 'package/lib'), { recursive: true });
  await writeFile(join(directory, 'package/lib/tensorflow.dll'), 'older');
  const { keep } = await linkAddon(addon, place, [library]);
  await keep();
  await expect(readlink(place)).rejects.toThrow('EINVAL');
  expect(await readFile(place, 'utf8')).toBe('new');
  expect(await readFile(join(directory, 'package/lib/tensorflow.dll'), 'utf8')).toBe('library');
  expect(await isLinked(addon, place, [library])).toBe(true);
  await writeFile(place, 'another');
  expect(await isLinked(addon, place, [library])).toBe(false);
});
