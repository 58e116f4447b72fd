import { describe, expect, it } from 'vitest';
import { commandNames } from './command-settings.js';
import { commandFlags, flagLayer, flagName } from './flags.js';

describe('flags', () => {
  it.each(commandNames)('of ais %s are unique, and each is described', (command) => {
    const flags = commandFlags(command);
    const names = flags.map(({ flag }) => flagName(flag));
    expect(new Set(names).size).toBe(names.length);
    expect(flags.every(({ help }) => help.length > 3)).toBe(true);
  });

  it('become nested settings, with numbers where numbers fit', () => {
    expect(
      flagLayer('train', {
        learningRate: '1e-5',
        importance: '0.05',
        objective: 'dpo',
        columns: 'prompt=question,chosen=a=b',
        freeze: ['a', 'b'],
        online: true,
        loraRank: '8',
      }),
    ).toEqual({
      training: { learningRate: 1e-5, freeze: ['a', 'b'], lora: { rank: 8 } },
      importance: 0.05,
      objective: 'dpo',
      columns: { prompt: 'question', chosen: 'a=b' },
      online: true,
    });
    expect(flagLayer('train', { importance: 'inverse-length' })).toEqual({ importance: 'inverse-length' });
    expect(flagLayer('sft', { source: '2024' })).toEqual({ source: '2024' });
  });

  it.each([
    [{ steps: '5', epochs: '2' }, 'training.steps (--steps) and training.epochs (--epochs)'],
    [
      { warmupSteps: '3', warmupFraction: '0.1' },
      'training.warmupSteps (--warmup-steps) and training.warmupFraction (--warmup-fraction)',
    ],
  ])('are refused where two of them say the same: %j', (values, both) => {
    expect(() => flagLayer('sft', values)).toThrow(`the command line: ${both} say the same in two ways.`);
    expect(flagLayer('sft', { columns: 'steps=a,epochs=b' })).toEqual({
      columns: { steps: 'a', epochs: 'b' },
    });
  });

  it('name the flag that is wrong', () => {
    expect(() => flagLayer('sft', { columns: 'prompt' })).toThrow(/--columns.*name=column.*"prompt"/);
  });
});
