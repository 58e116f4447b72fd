import { describe, expect, it } from 'vitest';
import type { MetricsLine } from '../run/metrics-log.js';
import { createRunEvaluations } from './run-evaluations.js';
import { RunState } from './run-state.js';
import type { TrainingOptions } from './training-options.js';

describe('createRunEvaluations', () => {
  const setUp = (options: Pick<TrainingOptions, 'onEvaluate' | 'selection' | 'signal'>) => {
    const state = new RunState();
    const lines: MetricsLine[] = [];
    const saved: number[] = [];
    const events: [number, boolean][] = [];
    const evaluations = createRunEvaluations(state, options, {
      plan: { steps: 8, stepsPerEpoch: 4, evaluateAt: new Set([0, 2, 4, 6]) },
      log: { append: async (line) => lines.push(line) },
      checkpoints: { write: async () => void saved.push(state.step), interruptible: (work) => work() },
      emit: async (event, details) => {
        if (event === 'evaluate' && 'best' in details) events.push([details.step, details.best]);
      },
    });
    const at = async (...steps: number[]): Promise<void> => {
      for (const step of steps) {
        state.step = step;
        await evaluations.evaluate();
      }
    };
    return { state, lines, saved, events, evaluations, at };
  };

  it('evaluates at the steps of the plan, and writes a line for each', async () => {
    const contexts: object[] = [];
    const { state, lines, events, evaluations, at } = setUp({
      onEvaluate: async (context) => {
        contexts.push(context);
        return { eval_loss: context.step };
      },
    });
    await at(0, 1, 2, 3);
    expect(evaluations.planned()).toBe(false);
    expect(contexts).toEqual([
      { step: 0, steps: 8, epoch: 0 },
      { step: 2, steps: 8, epoch: 0.5 },
    ]);
    expect(lines).toMatchObject([
      { event: 'evaluate', step: 0, epoch: 0, eval_loss: 0 },
      { event: 'evaluate', step: 2, epoch: 0.5, eval_loss: 2 },
    ]);
    expect(state.evaluations.map(({ step }) => step)).toEqual([0, 2]);
    expect(events).toEqual([
      [0, false],
      [2, false],
    ]);
    expect(evaluations.bestSteps()).toEqual([]);
    expect(evaluations.ending()).toBeUndefined();
  });

  it('saves the best so far, and says why the run ends by its selection', async () => {
    const rates = new Map([
      [0, 0.5],
      [2, 0.7],
      [4, 0.6],
      [6, 0.6],
    ]);
    const { saved, events, evaluations, at } = setUp({
      onEvaluate: async ({ step }) => ({ eval_win_rate: rates.get(step) ?? Number.NaN }),
      selection: { metric: 'eval_win_rate', patience: 2 },
    });
    await at(0, 2, 4);
    expect(saved).toEqual([0, 2]);
    expect(evaluations.bestSteps()).toEqual([2]);
    expect(evaluations.ending()).toBeUndefined();
    await at(6);
    expect(events.map(([, best]) => best)).toEqual([true, true, false, false]);
    expect(evaluations.ending()).toMatch(/eval_win_rate was best at step 2/);
  });

  it('writes nothing of an evaluation that lacks what the selection goes by', async () => {
    const { lines, at } = setUp({
      onEvaluate: async () => ({ eval_loss: 1 }),
      selection: { metric: 'eval_win_rate' },
    });
    await expect(at(0)).rejects.toMatchObject({ code: 'invalid-option' });
    expect(lines).toEqual([]);
  });
});
