import { isObject } from '../records/is-object.js';

/** A value of a variable of a chat template: `false`, `0.5`, `'low'`, or a list of such. */
export type TemplateVariable = Scalar | readonly Scalar[];

/** Variables of a chat template by name, as `apply_chat_template` of `transformers` takes them: `{ enable_thinking: false }`. */
export type TemplateVariables = Readonly<Record<string, TemplateVariable>>;

type Scalar = boolean | number | string;

/** What every rendering sets, and what a template calls. */
const OF_RENDERER: readonly string[] = [
  ...['messages', 'tools', 'documents', 'add_generation_prompt'],
  ...['range', 'namespace', 'raise_exception', 'strftime_now'],
  ...['true', 'false', 'none', 'True', 'False', 'None'],
];

const SPECIAL_TOKENS: readonly string[] = [
  ...['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'].map((name) => `${name}_token`),
  'additional_special_tokens',
];

const REMEDY = 'Leave it out (--template-variables)';

/**
 * Checks the variables of a template's file, whatever they are.
 *
 * @param template that is to read them
 *
 * @returns what is wrong with the first that is; undefined if nothing is
 */
export function checkVariables(
  variables: unknown,
  {
    chat,
    chatWithTools = '',
    specialTokens = {},
  }: {
    readonly chat: string;
    readonly chatWithTools?: string;
    readonly specialTokens?: Readonly<Record<string, string>>;
  },
): string | undefined {
  if (!isObject(variables)) return `variables must be an object, such as {"enable_thinking": false}`;
  for (const [name, value] of Object.entries(variables)) {
    const variable = `the variable ${JSON.stringify(name)}`;
    const isSpecial = SPECIAL_TOKENS.includes(name) || Object.hasOwn(specialTokens, name);
    if (isSpecial) return `${variable} is one of the tokenizer's special tokens. ${REMEDY}`;
    if (OF_RENDERER.includes(name)) return `${variable} is set for every conversation. ${REMEDY}`;
    if (!(Array.isArray(value) ? value.every(isScalar) : isScalar(value))) {
      return `${variable} must be true, false, a number, a string, or a list of these (--template-variables)`;
    }
    const isRead =
      /^[A-Za-z_]\w*$/.test(name) && new RegExp(`\\b${name}\\b`).test(`${chat} ${chatWithTools}`);
    if (!isRead)
      return `it does not read ${variable}, which would change nothing. Check the name, or leave it out (--template-variables)`;
  }
  return undefined;
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'boolean' || typeof value === 'string') return true;
  // A whole number beyond is another one in JavaScript.
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
