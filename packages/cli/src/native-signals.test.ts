import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { sha256 } from '@ais/runtime/files';
import { expect, test } from 'vitest';
import { builtProgram } from '../test/built-program.js';
import { scratchFolder } from '../test/scratch-folder.js';

const scratch = scratchFolder();

/** Listens to what is sent when a terminal changes its size. */
const LISTENER = `data:text/javascript,${encodeURIComponent("process.on('SIGWINCH', () => {})")}`;

const SFT = [
  ...['sft', '--preset', 'tiny', '--backend', 'native', '--seed', '3', '--records', '400', '--steps', '40'],
  ...['--set', 'data.heldOut=64', '--set', 'evaluation.points=0', '--json'],
];

/** Trains a little, with a signal each millisecond or without; tells the hash of the model. */
async function trained(folder: string, isDisturbed: boolean): Promise<string> {
  const child = spawn(process.execPath, ['--import', LISTENER, builtProgram, ...SFT, '--out', folder], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const storm = setInterval(() => isDisturbed && child.kill('SIGWINCH'), 1);
  const [code, signal] = await once(child, 'close');
  clearInterval(storm);
  expect([code, signal], said).toEqual([0, null]);
  return sha256(readFileSync(`${folder}/checkpoints/step-40/model.safetensors`));
}

// A product of oneDNN that the handler of a signal interrupts lets it write over the heap: a few hundred signals ended the process.
test.runIf(process.platform === 'linux' && process.env['AIS_BACKEND'] === 'native')(
  'signals leave native training as it is',
  async () => {
    expect(await trained(scratch('disturbed'), true)).toBe(await trained(scratch('plain'), false));
  },
);
