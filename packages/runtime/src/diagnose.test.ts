import { describe, expect, it } from 'vitest';
import type { BackendName } from './backend-name.js';
import { adviceFor, type BackendDiagnosis, type ChildAnswer, diagnose } from './diagnose.js';
import { BackendUnavailableError, UnknownBackendError } from './errors.js';

const measured = (backend: BackendName, faster: BackendName[] = []): ChildAnswer => ({
  measurement: {
    report: {
      backend,
      engineName: backend,
      versions: { node: '20' },
      ...(backend === 'wasm' && { threads: 2 }),
      faster: faster.map((name) => ({ backend: name, reason: 'it is missing', remedy: `install ${name}` })),
    },
    size: 1024,
    milliseconds: 100,
    gigaflopsPerSecond: 21.5,
    products: 9,
  },
});

const obstacle = (backend: BackendName): ChildAnswer => ({
  obstacles: [{ backend, reason: 'it is missing', remedy: `install ${backend}` }],
});

describe('diagnose', () => {
  it('asks for the fastest first, then times the slower ones, each alone', async () => {
    const asked: (string | undefined)[] = [];
    const diagnosis = await diagnose({}, async (name) => {
      asked.push(name);
      return name === 'webgpu' ? obstacle(name) : measured((name ?? 'native') as BackendName, ['native-gpu']);
    });
    expect(asked).toEqual([undefined, 'webgpu', 'wasm', 'cpu']);
    expect(diagnosis.backend).toBe('native');
    expect(diagnosis.backends.map(({ measurement }) => measurement?.threads)).toEqual([
      ...[undefined, undefined, undefined],
      ...[2, undefined],
    ]);
    expect(diagnosis.backends.map(({ backend, works }) => [backend, works])).toEqual([
      ['native-gpu', false],
      ['native', true],
      ['webgpu', false],
      ['wasm', true],
      ['cpu', true],
    ]);
    expect(diagnosis.backends[0]).toMatchObject({
      reason: 'it is missing',
      remedy: 'install native-gpu',
      measurement: null,
    });
    expect(diagnosis.backends[1]).toMatchObject({ reason: null, measurement: { gigaflopsPerSecond: 21.5 } });
    expect(diagnosis.machine).toMatchObject({ node: process.versions.node, cores: expect.any(Number) });
  });

  it('looks at a named back end alone', async () => {
    const diagnosis = await diagnose({ backend: 'wasm' }, async (name) =>
      measured(name as BackendName, ['native-gpu', 'native']),
    );
    expect(diagnosis.backend).toBe('wasm');
    expect(diagnosis.backends.map(({ backend }) => backend)).toEqual(['wasm']);
  });

  it('survives a back end that ends its process, and names a repair', async () => {
    const diagnosis = await diagnose({}, async (name) => {
      if (name === undefined || name === 'native') return { failed: 'its process ended with status null' };
      return name === 'wasm' || name === 'cpu' ? measured(name) : obstacle(name as BackendName);
    });
    expect(diagnosis.backend).toBe('wasm');
    expect(diagnosis.backends[1]).toMatchObject({
      backend: 'native',
      works: false,
      reason: 'its process ended with status null',
      remedy: 'ais native install --force',
    });
  });

  it('refuses a name that does not exist before it starts anything', async () => {
    await expect(
      diagnose({ backend: 'abacus' }, () => {
        throw new Error('started');
      }),
    ).rejects.toBeInstanceOf(UnknownBackendError);
  });

  it('fails where the named back end, or every one, does not work', async () => {
    await expect(diagnose({ backend: 'webgpu' }, async () => obstacle('webgpu'))).rejects.toMatchObject({
      obstacles: [{ backend: 'webgpu', remedy: 'install webgpu' }],
    });
    await expect(diagnose({ backend: 'cpu' }, async () => ({ failed: 'it broke' }))).rejects.toThrow(
      /because it broke/,
    );
    await expect(diagnose({}, async () => ({ failed: 'it broke' }))).rejects.toBeInstanceOf(
      BackendUnavailableError,
    );
  });
});

describe('on a Mac', () => {
  const webgpu = (works: boolean): BackendDiagnosis => ({
    backend: 'webgpu',
    works,
    reason: works ? null : 'the package webgpu is not installed',
    remedy: works ? null : 'npm install webgpu @tensorflow/tfjs-backend-webgpu',
    versions: {},
    measurement: null,
  });

  it('one command brings WebGPU', () => {
    expect(adviceFor('darwin', 'wasm', [webgpu(false)])).toMatch(
      /On a Mac WebGPU .* Dawn\. To get it: npm install webgpu @tensorflow\/tfjs-backend-webgpu$/,
    );
  });

  it('WebGPU that works is named where another back end is taken', () => {
    expect(adviceFor('darwin', 'native', [webgpu(true)])).toMatch(/--backend webgpu/);
  });

  it('nothing is said where WebGPU runs, or elsewhere', () => {
    expect(adviceFor('darwin', 'webgpu', [webgpu(true)])).toBeNull();
    expect(adviceFor('linux', 'wasm', [webgpu(false)])).toBeNull();
  });
});
