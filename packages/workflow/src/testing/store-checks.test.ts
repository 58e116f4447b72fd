import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FakeS3, startFakeS3 } from '../../test/fake-s3.js';
import { directoryBench, s3Bench } from '../../test/store-benches.js';
import { storeChecks } from './store-checks.js';
import { testStore } from './test-store.js';

describe('a store in a folder:', () => {
  test.each(storeChecks(directoryBench))('$name', ({ run }) => run());
});

describe('a store in S3:', () => {
  let server: FakeS3;
  beforeAll(async () => {
    server = await startFakeS3();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'right');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  });
  afterEach(() => vi.unstubAllEnvs());

  test.each(storeChecks(s3Bench(() => server.endpoint)))('$name', ({ run }) => run());
});

test('a store that lets whoever has lost a stage finish it breaks laws, which are named', async () => {
  const lenient = testStore(async () => {
    const bench = await directoryBench();
    return {
      ...bench,
      async open() {
        const store = await bench.open();
        return {
          ...store,
          begin: async (order) => {
            const attempt = await store.begin(order);
            return { ...attempt, commit: (record) => attempt.commit(record).catch(() => {}) };
          },
        };
      },
    };
  });
  await expect(lenient).rejects.toMatchObject({
    code: 'conformance',
    message: expect.stringMatching(
      /the store breaks 3 laws[\s\S]*a process that was silent[\s\S]*not finished again/,
    ),
  });
});
