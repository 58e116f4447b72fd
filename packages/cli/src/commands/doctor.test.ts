import { expect, it } from 'vitest';
import { capturedOutput } from '../../test/captured-output.js';
import { diagnosisOf } from '../../test/diagnosis.js';
import { runProgram } from '../program.js';
import { describeDiagnosis } from './doctor.js';

const output = capturedOutput();

it.each([
  [['doctor', '--backend', 'abacus'], /no back end "abacus".*native-gpu, native, webgpu, wasm, cpu/],
  [['doctor', '--size', '0'], /whole number from 1 to 8192/],
  [['doctor', '--size', '1e3'], /whole number from 1 to 8192/],
  [['native', 'install', '--gpus'], /unknown option '--gpus'/],
  [['native', 'remove'], /unknown command 'remove'/],
])('ais %s is wrong usage', async (argv, message) => {
  expect(await runProgram(argv)).toBe(2);
  expect(output.err).toMatch(message);
  expect(output.out).toBe('');
});

it('puts a failure into one JSON object', async () => {
  expect(await runProgram(['doctor', '--json', '--backend', 'abacus'])).toBe(2);
  expect(JSON.parse(output.out)).toEqual({
    error: { name: 'UnknownBackendError', message: expect.stringContaining('abacus') },
  });
});

it('shows every back end, the one that runs, and what would change the others', () => {
  const text = describeDiagnosis(
    diagnosisOf({
      advice: 'There is a faster one.',
      reason: 'it lacks its library',
      remedy: 'ais native install',
      versions: { '@tensorflow/tfjs-backend-wasm': '4.22.0', node: '20.0.0' },
    }),
  );
  expect(text.split('\n')).toEqual([
    'Node 20.0.0 on linux x64, 2 cores (a processor), 25.0 GB of memory, 20.0 GB free',
    '',
    '  back end  speed',
    '  native    —                                        it lacks its library',
    '→ wasm      14.3 GFLOP/s (1024² product, 2 threads)  tfjs-backend-wasm 4.22.0',
    '',
    'The back end that runs is wasm.',
    'For native: ais native install',
    '',
    'There is a faster one.',
    '',
  ]);
});
