import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { HubUploadServer, type UploadFault, type UploadStep } from '../../test/hub-upload-server.js';
import { HubError } from '../errors.js';
import { uploadToHub } from './upload-to-hub.js';

const root = mkdtempSync(join(tmpdir(), 'ais-upload-'));
const weights = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));
let hub: HubUploadServer;
beforeAll(() => writeFileSync(join(root, 'model.safetensors'), weights));
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(async () => {
  hub = await HubUploadServer.start();
  vi.stubEnv('HF_TOKEN', hub.token);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

const files = new Map([
  ['README.md', { content: '# A model\n' }],
  ['model.safetensors', { path: join(root, 'model.safetensors') }],
]);

function upload(
  more: { readonly isPrivate?: boolean; readonly signal?: AbortSignal; readonly name?: string } = {},
) {
  const { isPrivate = true, signal, name = 'owner/model' } = more;
  const shares: [string, number][] = [];
  const done = uploadToHub(
    name,
    { files, title: 'Add a model', isPrivate },
    {
      endpoint: hub.endpoint,
      onProgress: ({ file, share }) => shares.push([file, share]),
      ...(signal && { signal }),
    },
  );
  return { done, shares };
}

/** The error of an upload that fails. */
async function failure(more?: Parameters<typeof upload>[0]): Promise<HubError> {
  const error: unknown = await upload(more).done.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HubError);
  expect((error as HubError).message).not.toContain('secret');
  return error as HubError;
}

const steps = (): UploadStep[] => hub.requests.map(({ step }) => step);

describe('an upload', () => {
  test('makes a private repository, and commits all files as they are', async () => {
    const { done, shares } = upload();
    expect(await done).toEqual({ url: `${hub.endpoint}/owner/model`, commit: 'c'.repeat(40) });
    const repository = hub.repositories.get('owner/model');
    expect(repository?.private).toBe(true);
    expect([...(repository?.files ?? [])].sort()).toEqual([
      ['README.md', Buffer.from('# A model\n')],
      ['model.safetensors', weights],
    ]);
    expect(steps()).toEqual(['look', 'create', 'preupload', 'batch', 'store', 'commit']);
    expect(shares).toContainEqual(['model.safetensors', 1]);
    // The storage is another host, and gets no token.
    for (const { step, authorization } of hub.requests) {
      expect(authorization).toBe(step === 'store' ? undefined : 'Bearer hf_secret');
    }
  });

  test('sends large files in parts where it is asked to', async () => {
    hub.partBytes = 1024;
    await upload().done;
    expect(hub.repositories.get('owner/model')?.files.get('model.safetensors')).toEqual(weights);
    expect(steps().filter((step) => step === 'store')).toHaveLength(6);
  });

  test('adds to a repository that is there, and does not send again what has arrived', async () => {
    hub.faults.set('commit', { status: 503 });
    expect((await failure()).message).toMatch(/out of order.*not sent again/);
    hub.faults.clear();
    hub.requests.length = 0;
    await upload().done;
    expect(steps()).toEqual(['look', 'preupload', 'batch', 'commit']);
  });

  test('makes nothing public that was to be private', async () => {
    await upload({ isPrivate: false }).done;
    expect(hub.repositories.get('owner/model')?.private).toBe(false);
    hub.requests.length = 0;
    const error = await failure();
    expect(error).toMatchObject({ code: 'hub-invalid-option', exit: 'usage' });
    expect(error.message).toContain('already exists and is public');
    expect(steps()).toEqual(['look']);
  });
});

describe('an upload that fails', () => {
  test('needs a token, which only the environment has', async () => {
    vi.stubEnv('HF_TOKEN', '');
    expect((await failure()).message).toMatch(/HF_TOKEN is not set.*settings\/tokens/);
    expect(hub.requests).toEqual([]);
  });

  test('says that a token is wrong, or may not write, and never what it is', async () => {
    hub.token = 'hf_other';
    expect(await failure()).toMatchObject({ code: 'hub-access-denied' });
    expect((await failure()).message).toMatch(/not accepted.*settings\/tokens/);
    hub.token = 'hf_secret';
    const error = await failure({ name: 'somebody/model' });
    expect(error.message).toMatch(/may not write there. Give it write permission for somebody/);
    expect(error.found).toMatch(/^403 .*You may not write to somebody\/model/);
  });

  test.each<[UploadStep, UploadFault, RegExp]>([
    ['look', { status: 500 }, /busy or out of order/],
    ['create', { status: 403, error: 'no hf_secret here' }, /may not write there/],
    ['create', { status: 409 }, /has changed meanwhile/],
    ['preupload', { status: 429 }, /busy or out of order/],
    ['batch', { status: 403 }, /may not write there/],
    ['store', { status: 500 }, /busy or out of order/],
    ['store', 'hang up', /the connection failed/],
    ['commit', { status: 409 }, /has changed meanwhile. Run this again/],
    ['commit', { status: 412 }, /has changed meanwhile/],
    ['commit', { status: 422, error: 'bad front matter' }, /refuses the upload.*422.*bad front matter/],
    ['commit', 'hang up', /the connection failed/],
    ['look', 'hang up', /the connection failed/],
    ['look', 'no JSON', /not the Hub/],
    ['preupload', 'no JSON', /not the Hub/],
  ])('at the step %s with %j leaves no commit, and says what to do', async (step, fault, message) => {
    hub.faults.set(step, fault);
    const error = await failure();
    expect(error.message).toMatch(message);
    expect(error.exit).toBe('failure');
    expect(hub.repositories.get('owner/model')?.files.size ?? 0).toBe(0);
  });

  test('ends with the reason of its signal', async () => {
    const controller = new AbortController();
    hub.faults.set('store', { status: 500 });
    controller.abort(new Error('enough'));
    await expect(upload({ signal: controller.signal }).done).rejects.toThrow('enough');
    expect(hub.repositories.size).toBe(0);
  });
});
