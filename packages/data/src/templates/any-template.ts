import { type ChatTemplate, type ChatTemplateFile, createChatTemplate } from '../chat/chat-template.js';
import { createTemplate, type Template, type TemplateFile } from './template.js';

/** What renders records: fields of text, or conversations. */
export type AnyTemplate = Template | ChatTemplate;

/** Either kind of template as a file has it. */
export type AnyTemplateFile = TemplateFile | ChatTemplateFile;

/**
 * Whether a template renders conversations.
 *
 * @example
 * console.log(isChatTemplate(chatTemplates.chatml), isChatTemplate(templates.tldr)); // true false
 */
export function isChatTemplate(template: AnyTemplate): template is ChatTemplate {
  return 'exchange' in template;
}

/**
 * Makes a template of what a run folder, a prepared folder, or a settings file has saved of one, whichever kind it is.
 *
 * @throws {DataError} `invalid-template`, `invalid-chat-template`
 * @example
 * console.log(isChatTemplate(openTemplate({ prompt: '{question}', response: ' {answer}' }))); // false
 */
export function openTemplate(file: AnyTemplateFile): AnyTemplate {
  return typeof file === 'object' && file !== null && 'chat' in file
    ? createChatTemplate(file)
    : createTemplate(file);
}
