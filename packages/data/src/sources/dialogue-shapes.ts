import type { ComparisonRecord } from '../records/record.js';
import type { Row } from '../records/row.js';
import { familyAt, filledTextAt, idAt, valueAt } from '../records/row-fields.js';
import { LeftOut, type RowResult } from '../records/row-records.js';
import type { Schema } from '../records/schema.js';
import { promptCompletion } from '../templates/built-in.js';
import { comparedShape } from './compared-conversation-shapes.js';
import { invalidConversation, type Turn, turnOf } from './conversation-fields.js';
import type { ConversationOptions } from './conversation-shapes.js';
import { noPrompt, requireNoOtherPrompt } from './other-prompts.js';

const FIELDS = ['chosen', 'rejected'];

/**
 * Two texts with a beginning in common, which is the prompt.
 *
 * Dialogues as in `Anthropic/hh-rlhf` (`\n\nHuman: … \n\nAssistant: …`) are rendered by the chat template, where there is one,
 * and are text as it is without one: the prompt ends with the last `\n\nAssistant:` in common. Of other texts, as in TRL's
 * standard format with an implicit prompt, it is the longest beginning in common that does not end within a word, but for a space
 * at its end; a row with another column that may have the prompt is refused.
 */
export function sharedPromptShapes(options: ConversationOptions): Schema<RowResult<ComparisonRecord>>[] {
  return [
    ...(options.chatTemplate === undefined
      ? [sharedText(isDialogue, dialogueStart)]
      : dialogueShapes(options)),
    sharedText(() => true, textStart, requireNoOtherPrompt),
  ];
}

/** Dialogues that the chat template renders. */
export function dialogueShapes(options: ConversationOptions): Schema<RowResult<ComparisonRecord>>[] {
  return [renderedDialogue(options)];
}

function isDialogue(text: unknown): boolean {
  return typeof text === 'string' && text.startsWith('\n\nHuman:');
}

/** A dialogue taken apart into messages, without the white space around them. */
function renderedDialogue(options: ConversationOptions): Schema<RowResult<ComparisonRecord>> {
  return comparedShape(FIELDS, options, {
    fits: (row, column) => FIELDS.every((field) => isDialogue(valueAt(row, column(field)))),
    exchange(row, column) {
      const [chosen, rejected] = [turnsOf(row, column('chosen')), turnsOf(row, column('rejected'))];
      const same = (index: number): boolean =>
        JSON.stringify(chosen[index]?.message) === JSON.stringify(rejected[index]?.message);
      let shared = 0;
      while (shared < Math.min(chosen.length, rejected.length) && same(shared)) shared++;
      if (shared === chosen.length && shared === rejected.length) return new LeftOut('identical');
      return {
        prompt: { field: column('chosen'), turns: chosen.slice(0, shared) },
        responses: [
          { field: column('chosen'), turns: chosen.slice(shared) },
          { field: column('rejected'), turns: rejected.slice(shared) },
        ],
      };
    },
  });
}

function turnsOf(row: Row, field: string): Turn[] {
  const text = filledTextAt(row, field);
  // Empty before the first heading; then headings alternate with the text under them.
  const [, ...parts] = text.split(/\n\n(Human|Assistant):/);
  const turns: Turn[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const role = parts[index] === 'Human' ? 'user' : 'assistant';
    const content = (parts[index + 1] ?? '').trim();
    if (content === '') {
      throw invalidConversation(row, field, `message ${turns.length + 1}, of the ${role}, is empty`);
    }
    turns.push(turnOf(role, content, field));
  }
  return turns;
}

/** A prompt that two texts share, and what is theirs. */
function sharedText(
  fits: (text: unknown) => boolean,
  start: (chosen: string, rejected: string) => number,
  check: typeof requireNoOtherPrompt = () => undefined,
): Schema<RowResult<ComparisonRecord>> {
  return {
    template: promptCompletion,
    fields: FIELDS,
    fits: (row, column) => FIELDS.every((field) => fits(valueAt(row, column(field)))),
    read(row, column) {
      check(row, column);
      const [chosen, rejected] = [filledTextAt(row, column('chosen')), filledTextAt(row, column('rejected'))];
      if (chosen === rejected) return new LeftOut('identical');
      const end = start(chosen, rejected);
      if (chosen.slice(0, end).trim() === '') {
        throw noPrompt(row, column, 'begins with another text than');
      }
      return {
        id: idAt(row, column('id')),
        prompt: chosen.slice(0, end),
        chosen: chosen.slice(end),
        rejected: rejected.slice(end),
        ...familyAt(row, column('family')),
      };
    },
  };
}

const LAST_HEADING = '\n\nAssistant:';

function dialogueStart(chosen: string, rejected: string): number {
  const heading = chosen.slice(0, commonLength(chosen, rejected)).lastIndexOf(LAST_HEADING);
  return heading < 0 ? 0 : heading + LAST_HEADING.length;
}

/** The end of a text that is within a word or a number if no space follows; half a character at its end is within it. */
const WITHIN = /[\p{L}\p{M}\p{N}\p{Cs}_'’.,/-]$|\p{N}:$/u;

/**
 * As TRL's `extract_prompt`, the space before the responses is theirs. That compares characters, as it does messages, and so takes
 * "The sky is b" of "blue" and "black" for the prompt; here a word is never cut.
 */
function textStart(chosen: string, rejected: string): number {
  let length = commonLength(chosen, rejected);
  const goesOn = (text: string): boolean => /\S/.test(text[length] ?? ' ');
  while (WITHIN.test(chosen.slice(Math.max(0, length - 2), length)) && (goesOn(chosen) || goesOn(rejected))) {
    length--;
  }
  return chosen[length - 1] === ' ' ? length - 1 : length;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  // Not within a surrogate pair.
  return /[\uD800-\uDBFF]/.test(a[length - 1] ?? '') ? length - 1 : length;
}
