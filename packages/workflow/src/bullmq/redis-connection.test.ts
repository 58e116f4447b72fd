import { interruptible } from '@ais/runtime/process';
import { expect, test } from 'vitest';
import { scratchFolder, stagesModule } from '../../test/workshop.js';
import { directoryStore } from '../directory-store.js';
import { queueExecutor } from './queue-executor.js';
import { queueStatus } from './queue-status.js';
import { runQueueWorker } from './queue-worker.js';

const scratch = scratchFolder();
// Nothing answers there.
const url = 'redis://127.0.0.1:9';
const reason = new Error('enough');

test('whoever waits for a server that is away ends when it is told to', async () => {
  const store = directoryStore(scratch.path);
  const toldOff = (): { readonly signal: AbortSignal; readonly onWarning: () => void } => {
    const controller = new AbortController();
    return { signal: controller.signal, onWarning: () => controller.abort(reason) };
  };
  await expect(queueStatus(url, toldOff())).rejects.toBe(reason);
  await expect(queueExecutor({ url, store, ...toldOff() })).rejects.toBe(reason);
  const { signal, onWarning } = toldOff();
  await expect(interruptible(signal, () => queueExecutor({ url, store, onWarning }))).rejects.toBe(reason);
  const { signal: stop, onWarning: onEvent } = toldOff();
  await runQueueWorker({ url, store, module: stagesModule, signal: stop, onEvent });
  await expect(queueStatus(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('an address is shown without its password, and a wrong one not at all', async () => {
  const controller = new AbortController();
  const told: string[] = [];
  const onWarning = (line: string): void => {
    told.push(line);
    controller.abort(reason);
  };
  const { signal } = controller;
  await expect(queueStatus('rediss://me:secret@127.0.0.1:9/2', { signal, onWarning })).rejects.toBe(reason);
  expect(told).toEqual([expect.stringMatching(/^Redis at rediss:\/\/127\.0\.0\.1:9\/2: .*ECONNREFUSED/)]);
  const error = await queueStatus('http://:secret@db.test').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'invalid-address' });
  expect(String(error)).not.toContain('secret');
});
