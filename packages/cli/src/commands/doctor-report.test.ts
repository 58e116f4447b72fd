import { expect, test } from 'vitest';
import { doctorReport } from './doctor-report.js';

const report = doctorReport(
  {
    backend: 'wasm',
    advice: null,
    backends: [
      {
        backend: 'native',
        works: false,
        reason:
          '/home/ada/p/node_modules/@tensorflow/tfjs-node does not load\n(libstdc++ | of difference-engine)',
        remedy: 'ais native install --force',
        versions: {},
        measurement: null,
      },
      {
        backend: 'wasm',
        works: true,
        reason: null,
        remedy: null,
        versions: { '@tensorflow/tfjs-backend-wasm': '4.22.0' },
        measurement: { size: 1024, milliseconds: 150, gigaflopsPerSecond: 14.316, products: 9 },
      },
    ],
    machine: {
      node: '20.0.0',
      platform: 'linux',
      architecture: 'x64',
      processor: 'a processor',
      cores: 2,
      memoryBytes: 25e9,
      freeMemoryBytes: 20e9,
    },
  },
  {
    version: '1.2.3',
    names: {
      home: '/home/ada',
      user: 'ada',
      host: 'difference-engine',
      environment: { AIS_CACHE_DIRECTORY: '/home/ada/cache', HF_TOKEN: 'hf_0123456789', CXX: '' },
    },
  },
);

test('is Markdown that an issue shows as tables', () => {
  expect(report.split('\n')).toEqual([
    '### ais doctor',
    '',
    '| | |',
    '|---|---|',
    '| ais | 1.2.3 |',
    '| Node | 20.0.0 |',
    '| platform | linux x64 |',
    '| processor | a processor, 2 cores |',
    '| memory | 25.0 GB, 20.0 GB free |',
    '| variables that are set | `AIS_CACHE_DIRECTORY` |',
    '',
    '| back end | speed | versions, or why it does not run |',
    '|---|---|---|',
    '| native | does not run | ‹path›/node_modules/@tensorflow/tfjs-node does not load (libstdc++ \\| of ‹host›); `ais native install --force` |',
    '| **wasm** | 14.3 GFLOP/s | @tensorflow/tfjs-backend-wasm 4.22.0 |',
    '',
  ]);
});

test('has nothing of its user’s', () => {
  expect(report).not.toMatch(/ada|difference|hf_|\/home/);
});
