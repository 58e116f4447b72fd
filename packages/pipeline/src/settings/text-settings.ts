import type { TemplateVariables } from '@ais/data/chat';
import { z } from 'zod';
import { count, type Fields, headed, name, setting, whole } from './setting.js';

/** The sources that are built in: their text is plentiful, and is split by shares. */
export const builtInSources: readonly string[] = ['synthetic', 'debian', 'describe', 'facts'];

/** Which text a command reads, and how its records become prompts and responses. */
export interface TextSettings {
  readonly source?: string | undefined;
  readonly columns?: Readonly<Record<string, string>> | undefined;
  readonly template?: string | TemplateSettings | undefined;
  readonly chatTemplate?: string | ChatTemplateSettings | undefined;
  readonly templateVariables?: TemplateVariables | undefined;
  readonly assistantTurns?: 'last' | 'each' | undefined;
  readonly data: DataSettings;
}

/** A template as a file has it, for a settings file that brings its own. */
export interface TemplateSettings {
  readonly name?: string | undefined;
  readonly prompt: string;
  readonly response: string;
  readonly cut?: string | undefined;
  readonly trim?: readonly string[] | undefined;
}

const templateFields: Fields<TemplateSettings> = {
  name: setting(name.optional(), 'How reports call it.'),
  prompt: setting(z.string(), '{field} stands for a field’s text; empty if there is no prompt.'),
  response: setting(name, '{field} stands for a field’s text.'),
  cut: setting(name.optional(), 'The field that is shortened by paragraph if a prompt is too long.'),
  trim: setting(z.array(name).optional(), 'Fields whose text loses the white space around it.'),
};

const expected = { error: 'expected true, false, a number, a string, or a list of these' };
const scalar = z.union([z.boolean(expected), z.number(expected), z.string(expected)]);
/** Which names they may have, the template itself says. */
const variables: z.ZodType<TemplateVariables | undefined> = z
  .record(z.string(), z.union([...scalar.options, z.array(scalar, expected)]), {
    error: 'expected names and values, such as enable_thinking: false',
  })
  .optional();

/** A chat template as a run has saved it. */
export interface ChatTemplateSettings {
  readonly name?: string | undefined;
  readonly chat: string;
  readonly chatWithTools?: string | undefined;
  readonly specialTokens?: Readonly<Record<string, string>> | undefined;
  readonly date?: string | undefined;
  readonly variables?: TemplateVariables | undefined;
}

/** The template that takes plain text for messages, and renders them with the model's chat template. */
export const CHAT = 'chat';

const chatTemplateFields: Fields<ChatTemplateSettings> = {
  name: setting(name.optional(), 'How reports call it.'),
  chat: setting(name, 'Jinja, as chat_template of tokenizer_config.json holds it.'),
  chatWithTools: setting(name.optional(), 'Jinja for conversations with tools.'),
  specialTokens: setting(
    z.record(z.string(), z.string()).optional(),
    'What bos_token and its like stand for in the template.',
  ),
  date: setting(name.optional(), 'What the template takes for today: YYYY-MM-DD.'),
  variables: setting(variables, 'Other variables that the template reads; templateVariables win over them.'),
};

/** How much text, how long, and what is held out. */
export interface DataSettings {
  readonly records?: number | undefined;
  readonly heldOut?: number | undefined;
  readonly maxPromptTokens: number;
  readonly maxResponseTokens: number;
  readonly longPrompts: 'error' | 'drop';
  readonly longResponses: 'cut' | 'drop';
  readonly splitSeed: number;
}

/** The schema of each setting of how much text, and how long. */
export const dataFields: Fields<DataSettings> = headed('Data', {
  records: setting(
    count.optional(),
    'Records to learn from, at most; all of them by default, for the built-in sources as many as the preset says.',
    '--records <number>',
  ),
  heldOut: setting(
    whole.optional(),
    'Records kept out of training to evaluate on; by default the preset’s for a built-in source, the split validation or test of a data set on the Hub, else one in ten, at most 256.',
    '--held-out <number>',
  ),
  maxPromptTokens: setting(count, 'Longest prompt.', '--max-prompt-tokens <number>'),
  maxResponseTokens: setting(
    count,
    'Longest response, end-of-text included; also where a sample is cut.',
    '--max-response-tokens <number>',
  ),
  longPrompts: setting(
    z.enum(['error', 'drop']).default('error'),
    'What to do with a longer prompt that its template cannot shorten: stop, or drop its record, which is counted.',
    '--long-prompts <what>',
  ),
  longResponses: setting(
    z.enum(['cut', 'drop']).default('drop'),
    'What to do with a longer response.',
    '--long-responses <what>',
  ),
  splitSeed: setting(
    whole.default(1),
    'Decides which records are held out, and the text of the synthetic source. It is not the seed of training, so runs that differ in --seed share their held-out records.',
    '--split-seed <number>',
  ),
});

/** The schema of each setting of what text, and how it is rendered. */
export const textFields: Fields<TextSettings> = headed('Data', {
  source: setting(
    name.optional(),
    'Text: synthetic (built in), debian (package descriptions, to be summarized), describe (the same the other way round), facts (built in, for chat models), a file (JSONL, JSON, CSV, Parquet, Arrow; .gz or .zst too), a folder of save_to_disk or of ais data build, or owner/name of a data set on the Hub, with a split of it as owner/name:split. Several, with weights: a.jsonl*3,b.csv*1.',
    { flag: '--source <name>', brief: 'text: synthetic, a file, owner/name on the Hub' },
  ),
  columns: setting(
    z.record(z.string(), name).optional(),
    'Which column is which field: prompt=question,response=answer.',
    { flag: '--columns <names>', brief: 'prompt=question,response=answer' },
  ),
  template: setting(
    z.union([name, z.strictObject(templateFields)]).optional(),
    'How a record becomes a prompt and a response: tldr, prompt-completion, question-answer, text, chat (prompt and completion, or question and answer, as messages by the model’s chat template), or a file; recognized from the columns by default.',
    '--template <name>',
  ),
  chatTemplate: setting(
    z.union([name, z.strictObject(chatTemplateFields)]).optional(),
    'How conversations are rendered: chatml, the name of one of the model’s own templates, or a .jinja file; the model’s own by default.',
    '--chat-template <name>',
  ),
  templateVariables: setting(
    variables,
    'Variables that the chat template reads besides the messages, as apply_chat_template of transformers takes them: enable_thinking=false,reasoning_effort=low, or a JSON object. They win over those that the model was trained with, which it keeps, and chat_template_kwargs of a row win over both.',
    '--template-variables <values>',
  ),
  assistantTurns: setting(
    z.enum(['last', 'each']).optional(),
    'Which messages of the assistant are learned of a conversation: the last one, which is the default, or each.',
    '--assistant-turns <which>',
  ),
  data: setting(z.strictObject(dataFields), 'How much text, and how long.') as z.ZodType<DataSettings>,
});
