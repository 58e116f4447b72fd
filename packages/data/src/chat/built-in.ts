import { type ChatTemplate, createChatTemplate } from './chat-template.js';

/**
 * ChatML: `<|im_start|>role`, a line break, the message, `<|im_end|>`, a line break. Nothing is put before the first
 * message.
 */
export const chatml: ChatTemplate = createChatTemplate({
  name: 'chatml',
  chat: `{%- for message in messages -%}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
`,
});

/** The chat templates that are known by name. */
export const chatTemplates: { readonly chatml: ChatTemplate } & Readonly<Record<string, ChatTemplate>> = {
  chatml,
};
