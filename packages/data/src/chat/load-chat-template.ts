import { readText } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { chatTemplates } from './built-in.js';
import { type ChatTemplate, type ChatTemplateFile, createChatTemplate } from './chat-template.js';

/**
 * The chat template that comes with a tokenizer.
 *
 * @param tokenizer the model's
 * @param name of a model with several templates; by default `default`, with `tool_use` for conversations with tools
 * @returns the template; undefined if the tokenizer has none (of that name)
 * @example
 * console.log(modelChatTemplate(tokenizer)); // undefined
 */
export function modelChatTemplate(tokenizer: Tokenizer, name = 'default'): ChatTemplate | undefined {
  const { templates = {}, specialTokens = {} } = tokenizer.chat ?? {};
  const own = (key: string): string | undefined =>
    Object.hasOwn(templates, key) ? templates[key] : undefined;
  const chat = own(name);
  if (chat === undefined) return undefined;
  const chatWithTools = name === 'default' ? own('tool_use') : undefined;
  return createChatTemplate({
    name: name === 'default' ? tokenizer.name : `${tokenizer.name}:${name}`,
    chat,
    ...(chatWithTools === undefined ? {} : { chatWithTools }),
    specialTokens,
  });
}

/**
 * The chat template that a setting stands for.
 *
 * @param template `chatml`, the name of one of the model's own templates, the path of a file with Jinja, or what a run folder
 *   has saved
 * @param tokenizer the model's, whose special tokens the template may write
 * @returns the template
 * @throws {DataError} `invalid-chat-template` if there is no such template; `file-unreadable`
 * @example
 * const chatTemplate = await loadChatTemplate('chatml', tokenizer);
 * console.log(chatTemplate.render([{ role: 'user', content: 'Why?' }]).length); // 32
 */
export async function loadChatTemplate(
  template: string | ChatTemplateFile,
  tokenizer?: Tokenizer,
): Promise<ChatTemplate> {
  if (typeof template !== 'string') return createChatTemplate(template);
  const known = Object.hasOwn(chatTemplates, template) ? chatTemplates[template] : undefined;
  const ofModel = tokenizer && modelChatTemplate(tokenizer, template);
  if (known ?? ofModel) return (known ?? ofModel) as ChatTemplate;
  if (!/[/\\]|\.(jinja2?|j2|txt)$/.test(template)) {
    const names = [...Object.keys(chatTemplates), ...Object.keys(tokenizer?.chat?.templates ?? {})];
    throw new DataError(
      'invalid-chat-template',
      `There is no chat template "${template}". Use ${names.join(', ')}, or the path of a .jinja file.`,
    );
  }
  let chat: string;
  try {
    chat = await readText(template);
  } catch (cause) {
    throw new DataError(
      'file-unreadable',
      `The chat template ${template} cannot be read: ${(cause as Error).message}. Check the path.`,
      { cause, place: { file: template } },
    );
  }
  const specialTokens = tokenizer?.chat?.specialTokens ?? {};
  return createChatTemplate({ name: template, chat, specialTokens }, template);
}
