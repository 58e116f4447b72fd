import { styled } from './colors.js';

const steps: readonly (readonly [heading: string, ...lines: (readonly [command: string, does: string])[]])[] =
  [
    [
      'First',
      ['ais doctor', 'which back end runs, and a faster one'],
      ['ais demo', 'the whole pipeline, scaled down'],
    ],
    [
      'Then, on a real model and your own data',
      ['ais native install', 'TensorFlow itself: faster than WASM'],
      ['ais model pull smollm2-135m-instruct', 'a small chat model'],
      ['ais data inspect pairs.csv', 'what ais makes of your file'],
      ['ais train --model smollm2-135m-instruct --template chat --pairs pairs.csv', ''],
      ['ais report runs/train-1', 'a page about the run'],
    ],
    [
      'Find your way',
      ['ais --help', 'all commands; ais train --help for one'],
      ['ais completion bash', 'for bash, zsh, or fish'],
    ],
  ];

/** The text of `ais` without arguments, which fits one screen. */
export function welcome(version: string): string {
  const lines = steps.flatMap(([heading, ...commands]) => [
    '',
    styled('bold', heading),
    ...commands.map(([command, does]) =>
      does === ''
        ? `  ${styled('cyan', command)}`
        : `  ${styled('cyan', command)}${' '.repeat(Math.max(2, 40 - command.length))}${does}`,
    ),
  ]);
  return `${[
    `${styled('bold', 'ais')} ${version} aligns language models with preference pairs, on your own text, and`,
    'shows when alignment goes too far.',
    ...lines,
  ].join('\n')}\n`;
}
