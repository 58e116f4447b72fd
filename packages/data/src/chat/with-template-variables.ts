import { type ChatTemplate, createChatTemplate } from './chat-template.js';
import type { TemplateVariables } from './template-variables.js';

/**
 * A chat template with more variables, which win over those that it has. A conversation's own variables win over both.
 *
 * @param template that reads them
 * @param variables as `apply_chat_template` of `transformers` takes them
 * @returns a template of the same name, whose file has the variables and whose fingerprint they change
 * @throws {DataError} `invalid-chat-template` for a variable that the template does not read, that is set for every conversation or
 *   by the tokenizer, or whose value is neither a boolean, a number, a string, nor a list of these
 * @example
 * const chat = '{% if enable_thinking is false %}<no thoughts>{% endif %}';
 * const template = withTemplateVariables(createChatTemplate({ chat }), { enable_thinking: false });
 * console.log(template.render([])); // <no thoughts>
 */
export function withTemplateVariables(template: ChatTemplate, variables: TemplateVariables): ChatTemplate {
  const file = template.toJSON();
  return createChatTemplate({ ...file, variables: { ...file.variables, ...variables } });
}
