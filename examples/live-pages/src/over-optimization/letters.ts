// The task: a prompt of two letters and a number, to be answered with that many letters, each one of the two.
import type { PromptResponse } from '@ais/language-model';
import type { Random } from '@ais/runtime/random';

const LETTERS = 'abcdefghij';
const FEWEST = 2;
const MOST = 6;
/** Ends a response. */
export const END = 0;
const FIRST_LETTER = 1;
const FIRST_NUMBER: number = FIRST_LETTER + LETTERS.length;
export const VOCABULARY: number = FIRST_NUMBER + MOST - FEWEST + 1;
export const PROMPT_LENGTH = 3;
/** Most tokens of a response, its end included. */
export const LONGEST = 12;

export function randomPrompt(random: Random): number[] {
  const [first = 0, second = 0] = random.permutation(LETTERS.length);
  return [FIRST_LETTER + first, FIRST_LETTER + second, FIRST_NUMBER + random.integer(MOST - FEWEST + 1)];
}

/** How many letters a prompt asks for. */
export function asked(prompt: readonly number[]): number {
  return (prompt[2] ?? FIRST_NUMBER) - FIRST_NUMBER + FEWEST;
}

/** A response of a writer who stops early, after any number of letters up to the one asked for, and errs with a probability. */
export function demonstration(prompt: readonly number[], random: Random, wrong: number): number[] {
  const letters = Array.from({ length: 1 + random.integer(asked(prompt)) }, () =>
    random.uniform() < wrong
      ? FIRST_LETTER + random.integer(LETTERS.length)
      : (prompt[random.integer(2)] ?? END),
  );
  return [...letters, END];
}

/** The judge, exact: −1 for each letter too few or too many, for each that is none of the two, and for no end. At most 0. */
export function goldScore({ prompt, response }: PromptResponse): number {
  const ended = response.at(-1) === END;
  const letters = ended ? response.slice(0, -1) : response;
  const others = letters.filter((letter) => letter !== prompt[0] && letter !== prompt[1]).length;
  return 0 - Math.abs(letters.length - asked(prompt)) - others - (ended ? 0 : 1);
}

/** A prompt as a reader sees it. */
export function promptText(prompt: readonly number[]): string {
  return `${prompt.slice(0, 2).map(letter).join('')} × ${asked(prompt)}`;
}

/** A response as a reader sees it; one that never ended has an ellipsis. */
export function responseText(response: readonly number[]): string {
  const text = response
    .filter((token) => token !== END)
    .map(letter)
    .join('');
  return response.at(-1) === END ? text || '(nothing)' : `${text}…`;
}

const letter = (token: number): string =>
  LETTERS[token - FIRST_LETTER] ?? String(token - FIRST_NUMBER + FEWEST);
