import { expect, test } from 'vitest';
import { diagnosisOf } from '../../test/diagnosis.js';
import { doctorReport } from './doctor-report.js';

const report = doctorReport(
  diagnosisOf({
    advice: null,
    reason:
      '/home/ada/p/node_modules/@tensorflow/tfjs-node does not load\n(libstdc++ | of difference-engine)',
    remedy: 'ais native install --force',
    versions: { '@tensorflow/tfjs-backend-wasm': '4.22.0' },
  }),
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
    '| **wasm** | 14.3 GFLOP/s on 2 threads | @tensorflow/tfjs-backend-wasm 4.22.0 |',
    '',
  ]);
});

test('has nothing of its user’s', () => {
  expect(report).not.toMatch(/ada|difference|hf_|\/home/);
});
