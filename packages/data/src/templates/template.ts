import { sha256 } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { type Pattern, PatternError, parsePattern, patternFields } from './pattern.js';

/** What a template renders: values by the name of their field. */
export type Fields = Readonly<Record<string, FieldValue>>;

/** Text. */
export type FieldValue = string;

/** From and up to which UTF-16 unit a part of a text goes. */
export type Span = readonly [start: number, end: number];

/** A prompt as the model sees it. */
export interface Prompt {
  readonly text: string;
  /** The part that may be shortened by paragraph where the prompt is too long; without one, nothing may. */
  readonly cut?: Span;
}

/**
 * Renders the fields of a record to the text that a model sees. It alone decides about spaces: nothing is put before a
 * response, and nothing is trimmed, unless the template says so.
 */
export interface Template {
  readonly name: string;
  /** The fields that the prompt is made of; none if there is no prompt. */
  readonly promptFields: readonly string[];
  /** The fields that the response is made of. */
  readonly responseFields: readonly string[];
  /** The field of the prompt that may be shortened by paragraph; without one, a prompt that is too long is an error. */
  readonly cut?: string;
  /** @throws {DataError} `missing-field` */
  prompt(fields: Fields): Prompt;
  /** @throws {DataError} `missing-field` */
  response(fields: Fields): string;
  /** Equal for templates that render equally, whatever their names. */
  readonly fingerprint: string;
  /** The template as a file has it: `createTemplate` makes the same template of it. */
  toJSON(): TemplateFile;
}

/** A template as a file of YAML or JSON has it. */
export interface TemplateFile {
  /** How reports call it; the file's name by default. */
  readonly name?: string;
  /** `{field}` stands for a field's text, `{{` and `}}` for braces. Empty: the response follows end-of-text. */
  readonly prompt: string;
  readonly response: string;
  /** The field of the prompt that is shortened by paragraph where a prompt is too long. */
  readonly cut?: string;
  /** Fields whose text loses the white space around it. */
  readonly trim?: readonly string[];
}

/**
 * Makes a template from its patterns.
 *
 * @param file prompt and response, what may be cut, and what is trimmed
 * @param source the template's name if the file has none
 * @returns the template
 * @throws {DataError} `invalid-template`
 * @example
 * const template = createTemplate({ prompt: 'Q: {question} A:', response: ' {answer}', cut: 'question' });
 * console.log(template.prompt({ question: 'Why?' }).text + template.response({ answer: 'So.' })); // Q: Why? A: So.
 */
export function createTemplate(file: TemplateFile, source = 'custom'): Template {
  checkTemplateFile(file, source);
  const { name = source } = file;
  const { cut, trim = [] } = file;
  const promptPattern = parse(file.prompt, name, 'prompt');
  const responsePattern = parse(file.response, name, 'response');
  const promptFields = patternFields(promptPattern);
  const responseFields = patternFields(responsePattern);
  if (responseFields.length === 0)
    throw invalid(name, 'the response has no field, so there is nothing to learn');
  for (const field of trim) {
    if (promptFields.includes(field) || responseFields.includes(field)) continue;
    throw invalid(name, `trim has "${field}", which is not a field of the prompt or the response`);
  }
  if (cut !== undefined) {
    const places = promptPattern.filter((part) => 'field' in part && part.field === cut).length;
    if (places === 0) throw invalid(name, `cut is "${cut}", which is not a field of the prompt`);
    if (places > 1)
      throw invalid(
        name,
        `the prompt has {${cut}} ${places} times; a field that may be cut can occur only once`,
      );
  }
  const trimmed = new Set(trim);
  const textOf = (fields: Fields, field: string): string => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined) {
      throw new DataError('missing-field', `The template ${name} needs the field "${field}".`, {
        place: { field },
      });
    }
    return trimmed.has(field) ? value.trim() : value;
  };
  return {
    name,
    promptFields,
    responseFields,
    ...(cut === undefined ? {} : { cut }),
    prompt(fields) {
      let text = '';
      let span: Span | undefined;
      for (const part of promptPattern) {
        const value = 'literal' in part ? part.literal : textOf(fields, part.field);
        if ('field' in part && part.field === cut) span = [text.length, text.length + value.length];
        text += value;
      }
      return span === undefined ? { text } : { text, cut: span };
    },
    response: (fields) =>
      responsePattern.map((part) => ('literal' in part ? part.literal : textOf(fields, part.field))).join(''),
    fingerprint: fingerprintOf(file),
    toJSON: () => ({
      name,
      prompt: file.prompt,
      response: file.response,
      ...(cut === undefined ? {} : { cut }),
      ...(trim.length === 0 ? {} : { trim: [...trim] }),
    }),
  };
}

function fingerprintOf({ prompt, response, cut, trim = [] }: TemplateFile): string {
  const content = JSON.stringify([prompt, response, cut ?? null, [...new Set(trim)].sort()]);
  return sha256(content);
}

const KEYS = ['name', 'prompt', 'response', 'cut', 'trim'];

/** Files are written by people: whatever is in one is checked. */
function checkTemplateFile(file: TemplateFile, name: string): void {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw invalid(name, 'expected an object with prompt and response');
  }
  for (const key of Object.keys(file)) {
    if (!KEYS.includes(key)) throw invalid(name, `unknown key "${key}"; a template has ${KEYS.join(', ')}`);
  }
  for (const key of ['prompt', 'response'] as const) {
    if (typeof file[key] !== 'string') throw invalid(name, `${key} must be a string`);
  }
  if (file.name !== undefined && typeof file.name !== 'string') throw invalid(name, 'name must be a string');
  if (file.cut !== undefined && typeof file.cut !== 'string')
    throw invalid(name, 'cut must be the name of a field');
  const isNames = Array.isArray(file.trim) && file.trim.every((field) => typeof field === 'string');
  if (file.trim !== undefined && !isNames) throw invalid(name, 'trim must be a list of names of fields');
}

function parse(text: string, name: string, part: 'prompt' | 'response'): Pattern {
  try {
    return parsePattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw invalid(name, `${part}: ${error.message}`);
  }
}

function invalid(name: string, what: string): DataError {
  return new DataError('invalid-template', `Template ${name}: ${what}.`, { place: { file: name } });
}
