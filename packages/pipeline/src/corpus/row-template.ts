import { createTemplate, loadTemplate, type Template } from '@ais/data';
import { type AnyTemplate, type ChatTemplate, isChatTemplate } from '@ais/data/chat';
import { PipelineError } from '../errors.js';
import { CHAT, type TextSettings } from '../settings/text-settings.js';

/** The templates of a model, where it has them. */
interface ModelTemplates {
  readonly template?: AnyTemplate | undefined;
  readonly chatTemplate?: ChatTemplate | undefined;
}

/**
 * What renders rows of text: the template that was asked for, else the model's. Nothing if neither says so; then the columns do.
 *
 * @param asked `chat` takes plain text for messages, which the model's chat template renders
 * @throws {PipelineError} `missing-setting` for `chat` if the model has no chat template, and none was named
 * @throws {DataError} `invalid-template` for a name that is no template
 */
export async function rowTemplate(
  asked: TextSettings['template'],
  { template, chatTemplate }: ModelTemplates,
): Promise<AnyTemplate | undefined> {
  if (asked === CHAT) return requireChat(chatTemplate);
  if (asked !== undefined) return namedTemplate(asked);
  // Conversations are told by their columns: a model that learned some can still read other text.
  return template && isChatTemplate(template) ? undefined : template;
}

/** The template that a name, a file, or settings mean. */
export async function namedTemplate(asked: NonNullable<TextSettings['template']>): Promise<Template> {
  if (typeof asked === 'string') return loadTemplate(asked);
  const { name, prompt, response, cut, trim } = asked;
  return createTemplate({
    prompt,
    response,
    ...(name !== undefined && { name }),
    ...(cut !== undefined && { cut }),
    ...(trim && { trim }),
  });
}

function requireChat(chatTemplate: ChatTemplate | undefined): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate;
  throw new PipelineError(
    'missing-setting',
    'template: chat needs a chat template, and the model has none. Name one: --chat-template chatml, or a .jinja file.',
    { key: 'chatTemplate' },
  );
}
