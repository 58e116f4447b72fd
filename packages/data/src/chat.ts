export { chatTemplates } from './chat/built-in.js';
export {
  type ChatTemplate,
  type ChatTemplateFile,
  createChatTemplate,
  type RenderOptions,
} from './chat/chat-template.js';
export { withEndOfTurn, withOwnEndOfTurn } from './chat/end-of-turn.js';
export { loadChatTemplate, modelChatTemplate } from './chat/load-chat-template.js';
export type {
  ConversationContext,
  Exchange,
  Message,
  RenderedExchange,
  Role,
} from './chat/message.js';
export type { TemplateVariable, TemplateVariables } from './chat/template-variables.js';
export { withTemplateVariables } from './chat/with-template-variables.js';
export type { AssistantTurns, ConversationOptions } from './sources/conversation-shapes.js';
export {
  type AnyTemplate,
  type AnyTemplateFile,
  isChatTemplate,
  openTemplate,
} from './templates/any-template.js';
