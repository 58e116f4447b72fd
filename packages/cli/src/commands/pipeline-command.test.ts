import { expect, test } from 'vitest';
import { capturedOutput } from '../../test/captured-output.js';
import { describeRun } from '../describe-run.js';
import { runProgram } from '../program.js';

const output = capturedOutput();

test('a training command ends with what its last evaluation measured, and why it ended early', () => {
  const evaluation = (step: number, kl: number) => ({
    step,
    epoch: 1,
    metrics: { eval_win_rate: 1, eval_kl: kl, 'timing/seconds': 3 },
  });
  const outcome = { metrics: { loss: 0.25 }, evaluations: [evaluation(20, 4.118), evaluation(40, 7.1)] };
  expect(describeRun(outcome)).toBe(
    'loss: 0.25\n\nEvaluation after step 40:\neval_win_rate: 1\neval_kl: 7.1',
  );
  expect(describeRun({ metrics: { loss: 0.25 }, evaluations: [], stopped: 'enough' })).toBe(
    'loss: 0.25\n\nEnded early: enough.',
  );
  const judge = { validationPairs: 8, validationAccuracy: 0.75, validationInterval: { low: 0.5, high: 1 } };
  expect(describeRun({ metrics: { loss: 0.25 }, evaluations: [], ...judge })).toBe(
    'loss: 0.25\n\nHeld-out pairs:\nvalidationPairs: 8\nvalidationAccuracy: 0.75',
  );
});

test('--dry-run counts the updates', async () => {
  const plan = async (steps: string): Promise<string> => {
    output.out = '';
    expect(await runProgram(['sft', '--preset', 'tiny', '--steps', steps, '--dry-run']), output.err).toBe(0);
    return output.out;
  };
  expect(await plan('1')).toContain(', 1 update; about');
  expect(await plan('2')).toContain(', 2 updates; about');
});
