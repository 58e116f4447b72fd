import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLocked, readJson, sha256 } from '@ais/runtime/files';
import { directoryStore, readOrder, type StageKind, stageOrder, stageSpec } from '@ais/workflow';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const numbers: StageKind<{ readonly upTo: number }, Record<never, never>, readonly number[]> = {
  name: 'numbers',
  run: async () => [1, 2, 3],
};
const spec = stageSpec(numbers, { upTo: 3 }, {});
const FOLDER = 'numbers-folder';
const CONTENT = '1 2 3';

/** Orders of stages, as a queue hands them to its workers. */
export const jobPayload: FuzzTarget = filesTarget({
  name: 'job-payload',
  share: 6,
  structured: 0.8,
  strange: [spec.key, { key: spec.key, folder: 'a' }, { key: spec.key, folder: '../a' }],
  seeds: () => [textFiles({ 'order.json': stageOrder(spec, directoryStore('store'), 'three numbers') })],
  async read(directory) {
    const path = join(directory, 'order.json');
    readOrder(await readJson(path), path);
  },
});

/** Stages in a store: what they say of themselves, and the files that they left. */
export const store: FuzzTarget = filesTarget({
  name: 'store',
  share: 3,
  structured: 0.7,
  strange: [spec.key, 'numbers', { 'numbers.txt': sha256(CONTENT) }, { '../x': sha256(CONTENT) }, '../x'],
  seeds: () => [
    textFiles({
      [`${FOLDER}/stage.json`]: {
        kind: 'numbers',
        key: spec.key,
        settings: { upTo: 3 },
        needs: {},
        result: [1, 2, 3],
        seconds: 0.1,
        files: { 'numbers.txt': sha256(CONTENT) },
      },
      [`${FOLDER}/numbers.txt`]: CONTENT,
      [`.work/${FOLDER}/attempt.json`]: {
        token: 1,
        name: '1-abcdef01',
        seconds: 1,
        holder: { process: 1, host: 'elsewhere', started: 1 },
      },
    }),
  ],
  async read(directory) {
    const opened = directoryStore(directory, { folder: () => FOLDER });
    await opened.state(spec);
    await opened.failure(spec);
    for await (const record of opened.records()) record.key;
    await opened.read(spec);
    await opened.open(spec);
  },
});

/** Files that say which process writes beside them. */
export const lock: FuzzTarget = filesTarget({
  name: 'lock',
  share: 6,
  seeds: () => [
    textFiles({ 'run.json': { process: process.pid, host: 'elsewhere', started: 1 } }),
    textFiles({ 'run.json': { process: 1, host: 'localhost', started: 12345, beats: true } }),
  ],
  async read(directory) {
    const path = join(directory, 'run.json');
    await readFile(path);
    await isLocked(path);
  },
});
