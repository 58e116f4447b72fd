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
    ['enable_thinking=false', { enable_thinking: false }],
    ['enable_thinking=False,n=2,x=1e-3', { enable_thinking: false, n: 2, x: 0.001 }],
    ['effort=low, day=26 Jul 2024', { effort: 'low', day: '26 Jul 2024' }],
    ['id="007",yes=yes,a=Use #1: x,b={c', { id: '007', yes: 'yes', a: 'Use #1: x', b: '{c' }],
    ['{"languages": ["de", 3], "text": "a, b"}', { languages: ['de', 3], text: 'a, b' }],
  ])('give a template variables: %s', (text, templateVariables) => {
    expect(flagLayer('chat', { templateVariables: text })).toEqual({ templateVariables });
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
    expect(() => flagLayer('sft', { templateVariables: 'enable_thinking' })).toThrow(
      /--template-variables: expected name=value, such as enable_thinking=false, or a JSON object.*got "enable_thinking"/,
    );
  });
});
