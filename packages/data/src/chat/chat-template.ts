import { sha256 } from '@ais/runtime/files';
import { DataError, type RecordFault } from '../errors.js';
import { runJinja } from './jinja.js';
import type { ConversationContext, Exchange, Message, RenderedExchange } from './message.js';
import type { JinjaAnswer } from './render-jinja.js';
import { checkVariables, type TemplateVariables } from './template-variables.js';

/** A chat template as a run folder or a settings file has it. */
export interface ChatTemplateFile {
  /** How reports call it. */
  readonly name?: string;
  /** Jinja, as `chat_template` of `tokenizer_config.json` holds it. */
  readonly chat: string;
  /** Of a model that has a template of its own for conversations with tools. */
  readonly chatWithTools?: string;
  /** The tokenizer's special tokens by name (`bos_token`, …), which are variables of the template. */
  readonly specialTokens?: Readonly<Record<string, string>>;
  /** What the template takes for today, YYYY-MM-DD. */
  readonly date?: string;
  /** Other variables that the template reads, such as `enable_thinking`; those of a conversation win over them. */
  readonly variables?: TemplateVariables;
}

/** Options of a chat template’s `render`. */
export interface RenderOptions extends ConversationContext {
  /** Whether what opens the assistant's turn follows the last message. False by default. */
  readonly addGenerationPrompt?: boolean;
}

/**
 * Renders conversations to the text that a model reads, as `apply_chat_template` of `transformers` does.
 *
 * The text has its special tokens in it, the first one included, so it is encoded as it is: no token is put before it.
 */
export interface ChatTemplate {
  readonly name: string;
  /** @throws {DataError} as `exchange` */
  render(messages: readonly Message[], options?: RenderOptions): string;
  /**
   * Renders a prompt, and what each response adds to it. The prompt's rendering, with what opens the assistant's turn,
   * must be the beginning of the rendering of the whole conversation: what the model reads when it answers must be what it
   * learns from.
   *
   * @throws {DataError} `chat-template-failed`, whose `fault` says more, for what is about this conversation: the template
   *   raises an exception, runs into an error, or does not continue the prompt; `invalid-chat-template` for a template that is
   *   not Jinja, takes too long or too much memory, or writes too much
   */
  exchange(exchange: Exchange): RenderedExchange;
  /** Equal for templates that render equally, whatever their names. */
  readonly fingerprint: string;
  /** The template as a file has it: `createChatTemplate` makes the same template of it. */
  toJSON(): ChatTemplateFile;
}

/** Templates that ask for the date get this one, so that the same records give the same text on every day. */
const DATE = '2024-07-26';

/**
 * Makes a chat template of its Jinja.
 *
 * Templates are untrusted: in Node the renderings of a record have a quarter of a second, 256 MB, and eight million characters.
 *
 * @param file the template, the special tokens that it writes, the date that it takes for today (2024-07-26 by default,
 *   the date that Llama's own templates fall back to), and the variables that it reads
 * @param source the template's name if the file has none
 * @returns the template; its syntax is checked when it is first used
 * @throws {DataError} `invalid-chat-template` for a file that is none
 * @example
 * const chat = '{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}';
 * const template = createChatTemplate({ chat: `${chat}{% if add_generation_prompt %}<assistant>{% endif %}` });
 * const { prompt, responses } = template.exchange({
 *   prompt: [{ role: 'user', content: 'Why?' }],
 *   responses: [[{ role: 'assistant', content: 'So.' }]],
 * });
 * console.log(prompt, responses[0]); // <user>Why?<assistant> So.
 */
export function createChatTemplate(file: ChatTemplateFile, source = 'custom'): ChatTemplate {
  checkFile(file, source);
  const { chat, chatWithTools, specialTokens = {}, date = DATE, variables: own = {} } = file;
  const name = file.name ?? source;
  const run = (context: ConversationContext, renderings: readonly object[]): readonly string[] => {
    const { tools, variables } = context;
    const source = tools === undefined ? chat : (chatWithTools ?? chat);
    const shared = { ...specialTokens, tools: tools ?? null, documents: null, ...own, ...variables };
    const answer = runJinja({
      source,
      date,
      renderings: renderings.map((rendered) => ({ ...shared, ...rendered })),
    });
    if (answer.fault === undefined) return answer.texts;
    throw failureOf(answer, name);
  };
  return {
    name,
    render(messages, { addGenerationPrompt = false, ...context } = {}) {
      return run(context, [{ messages, add_generation_prompt: addGenerationPrompt }])[0] ?? '';
    },
    exchange({ prompt, responses, ...context }) {
      const [start = '', ...wholes] = run(context, [
        { messages: prompt, add_generation_prompt: true },
        ...responses.map((response) => ({
          messages: [...prompt, ...response],
          add_generation_prompt: false,
        })),
      ]);
      return { prompt: start, responses: wholes.map((whole) => restOf(whole, start, name)) };
    },
    fingerprint: fingerprintOf(file),
    toJSON: () => ({ name, ...contentOf(file) }),
  };
}

/** What a rendering adds to that of its prompt. */
function restOf(whole: string, prompt: string, name: string): string {
  if (whole.startsWith(prompt) && whole.length > prompt.length) return whole.slice(prompt.length);
  let at = 0;
  while (at < prompt.length && prompt[at] === whole[at]) at++;
  const from = Math.max(0, at - EXCERPT);
  const excerpt = (text: string): string => JSON.stringify(text.slice(from, at + EXCERPT));
  throw failed(
    'not-a-prefix',
    at === whole.length && at === prompt.length
      ? `the chat template ${name} writes nothing for the response. Use another template (--chat-template)`
      : `the chat template ${name} does not continue the prompt: at character ${at}, the prompt alone has ${excerpt(prompt)}, and the whole conversation has ${excerpt(whole)}. Use a template whose rendering of the prompt, with what opens the answer, is the beginning of the whole (--chat-template)`,
    name,
  );
}

/** Characters that are shown before and behind where two renderings part. */
const EXCERPT = 40;

function failureOf({ fault, detail }: Exclude<JinjaAnswer, { fault?: undefined }>, name: string): DataError {
  const template = `the chat template ${name}`;
  const repair = 'Change the conversation, or use another template (--chat-template)';
  const correct = 'Correct it, or use another one (--chat-template)';
  switch (fault) {
    case 'refused':
      return failed(
        'template-refused',
        `${template} refuses the conversation: ${detail.replace(/[.!]$/, '')}. ${repair}`,
        name,
      );
    case 'failed':
      return failed('template-failed', `${template} fails: ${detail}. ${repair}`, name);
    case 'syntax':
      return invalid(`${template} is not Jinja: ${detail}. ${correct}`, name);
    default: {
      const verb = fault === 'length' ? 'writes' : 'takes';
      return invalid(`${template} ${verb} more than a template may: ${detail}. ${correct}`, name);
    }
  }
}

/** About one conversation. */
function failed(fault: RecordFault, problem: string, name: string): DataError {
  return new DataError('chat-template-failed', `${problem}.`, { fault, place: { file: name } });
}

function invalid(problem: string, name: string): DataError {
  return new DataError('invalid-chat-template', `${problem}.`, { place: { file: name } });
}

function contentOf({
  chat,
  chatWithTools,
  specialTokens = {},
  date,
  variables = {},
}: ChatTemplateFile): ChatTemplateFile {
  return {
    chat,
    ...(chatWithTools === undefined ? {} : { chatWithTools }),
    ...(Object.keys(specialTokens).length === 0 ? {} : { specialTokens }),
    ...(date === undefined ? {} : { date }),
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
  };
}

function fingerprintOf({
  chat,
  chatWithTools,
  specialTokens = {},
  date = DATE,
  variables = {},
}: ChatTemplateFile): string {
  const sorted = <Value>(values: Readonly<Record<string, Value>>): [string, Value][] =>
    Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  const [own, ofTools] = [chat, chatWithTools].map((jinja) => jinja?.replace(/\r\n?/g, '\n') ?? null);
  const given = sorted(variables);
  // Without variables, templates have the fingerprint that they had before there were any.
  const parts = [own, ofTools, sorted(specialTokens), date, ...(given.length === 0 ? [] : [given])];
  return sha256(JSON.stringify(parts));
}

const KEYS = ['name', 'chat', 'chatWithTools', 'specialTokens', 'date', 'variables'];

/** Files are written by people: whatever is in one is checked. */
function checkFile(file: ChatTemplateFile, source: string): void {
  const name = typeof file?.name === 'string' ? file.name : source;
  const wrong = (what: string): DataError => invalid(`the chat template ${name}: ${what}`, name);
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw wrong('expected an object with the key chat');
  }
  for (const key of Object.keys(file)) {
    if (!KEYS.includes(key)) throw wrong(`unknown key "${key}"; a chat template has ${KEYS.join(', ')}`);
  }
  if (typeof file.chat !== 'string' || file.chat === '')
    throw wrong('chat must be a string that is not empty');
  for (const key of ['name', 'chatWithTools'] as const) {
    if (file[key] !== undefined && typeof file[key] !== 'string') throw wrong(`${key} must be a string`);
  }
  const { specialTokens = {}, date = DATE, variables = {} } = file;
  const isNames = typeof specialTokens === 'object' && specialTokens !== null;
  if (!isNames || !Object.values(specialTokens).every((token) => typeof token === 'string')) {
    throw wrong('specialTokens must be an object of strings');
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date)))
    throw wrong('date must be a date, YYYY-MM-DD');
  const problem = checkVariables(variables, file);
  if (problem !== undefined) throw wrong(problem);
}
