import type { Tokenizer } from '@ais/data';
import {
  type ChatTemplate,
  type ChatTemplateFile,
  loadChatTemplate,
  withTemplateVariables,
} from '@ais/data/chat';
import { PipelineError } from '../errors.js';
import type { TextSettings } from '../settings/text-settings.js';

/** How settings ask for conversations to be rendered. */
export type AskedChatTemplate = Pick<TextSettings, 'chatTemplate' | 'templateVariables'>;

/**
 * What renders conversations as settings ask: the template that they name, else the usual one, with their variables.
 *
 * @param usual the model's; undefined if it has none, or if there is no model
 * @param tokenizer whose special tokens a template may write, and whose templates may be named
 * @returns undefined where there is no template, and none was asked for
 * @throws {PipelineError} `missing-setting` for variables without a template
 * @throws {DataError} `invalid-chat-template` for a name that is no template, and variables that it does not read
 */
export async function askedChatTemplate(
  { chatTemplate, templateVariables }: AskedChatTemplate,
  usual: ChatTemplate | undefined,
  tokenizer?: Tokenizer,
): Promise<ChatTemplate | undefined> {
  const template =
    chatTemplate === undefined ? usual : await loadChatTemplate(chatTemplate as ChatTemplateFile, tokenizer);
  if (templateVariables === undefined) return template;
  if (template !== undefined) return withTemplateVariables(template, templateVariables);
  throw new PipelineError(
    'missing-setting',
    'templateVariables: there is no chat template that could read them. Name one (--chat-template), or leave --template-variables out.',
    { key: 'chatTemplate' },
  );
}
