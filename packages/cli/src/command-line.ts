import { shellWord } from '@ais/runtime/process';

/** Flags that decide how a command shows itself, and nothing about its results. */
const OF_DISPLAY: readonly string[] = ['json', 'dryRun', 'resume', 'allow'];

/**
 * A command as it can be given again in a shell.
 *
 * @param flags as commander gives them: `{ learningRate: '1e-5', set: ['a=1'], online: true }`. An address is given without its
 *   credentials and its query
 */
export function commandLineOf(command: string, flags: object): string {
  const words = Object.entries(flags as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    if (OF_DISPLAY.includes(name)) return [];
    const flag = flagOf(name);
    if (value === true) return [flag];
    return [value].flat().flatMap((each) => [flag, quoted(String(each))]);
  });
  return ['ais', command, ...words].join(' ');
}

/** `--learning-rate` of `learningRate`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function quoted(word: string): string {
  return shellWord(word.replace(/(https?:\/\/)([^/@\s]*@)?([^?\s]*)(\?\S*)?/g, '$1$3'));
}
