import { describe, expect, it } from 'vitest';
import { type ChatTemplateFile, createChatTemplate } from './chat-template.js';
import type { Message } from './message.js';
import type { TemplateVariables } from './template-variables.js';
import { withTemplateVariables } from './with-template-variables.js';

const user: Message = { role: 'user', content: 'a' };
const answered: Message = { role: 'assistant', content: 'b' };
const file: ChatTemplateFile = {
  name: 'mine',
  chat: '{{ bos_token }}{{ effort }}{% for m in messages %}<{{ m.content }}>{% endfor %}{{ think }}',
  specialTokens: { bos_token: '^', mine_token: '$' },
};

describe('the variables of a chat template', () => {
  it('are those of every rendering, and are written with the template', () => {
    const template = createChatTemplate({ ...file, variables: { effort: 'low' } });
    expect(template.render([user])).toBe('^low<a>');
    expect(template.exchange({ prompt: [user], responses: [[answered]] })).toEqual({
      prompt: '^low<a>',
      responses: ['<b>'],
    });
    expect(template.toJSON()).toEqual({ ...file, variables: { effort: 'low' } });
    const again = createChatTemplate(JSON.parse(JSON.stringify(template)));
    expect([again.render([user]), again.fingerprint]).toEqual(['^low<a>', template.fingerprint]);
  });

  it('give way to those of a conversation', () => {
    const template = createChatTemplate({ ...file, variables: { effort: 'low', think: 1 } });
    expect(template.render([user], { variables: { effort: 'high' } })).toBe('^high<a>1');
  });

  it('are of its fingerprint in whatever order, and absent ones leave it as it was', () => {
    const print = (variables?: TemplateVariables): string =>
      createChatTemplate({ ...file, ...(variables && { variables }) }).fingerprint;
    expect(print({ think: true, effort: 'low' })).toBe(print({ effort: 'low', think: true }));
    expect(
      new Set([print(), print({ think: true }), print({ think: 'true' }), print({ think: 1 })]).size,
    ).toBe(4);
    expect(print({})).toBe(print());
    expect(createChatTemplate({ ...file, variables: {} }).toJSON()).not.toHaveProperty('variables');
    // Rows of tokens and runs on disk have it from before there were variables.
    expect(createChatTemplate({ chat: 'a' }).fingerprint).toBe(
      '04a597fbc2926511271e8f03db3924e462162ecdf1975c08341397a1bd30dd8b',
    );
  });

  it('are laid over those that a template has', () => {
    const template = createChatTemplate({ ...file, variables: { effort: 'low', think: 1 } });
    const other = withTemplateVariables(template, { think: [1, 'x', 0.5, false] });
    expect(other.render([])).toBe("^low[1, 'x', 0.5, False]");
    expect(other.name).toBe('mine');
  });

  it('may be read by the template for tools alone', () => {
    const template = createChatTemplate({ chat: 'a', chatWithTools: '{{ think }}', variables: { think: 1 } });
    expect(template.render([user], { tools: [{}] })).toBe('1');
  });

  it.each<[unknown, RegExp]>([
    [null, /mine: variables must be an object, such as/],
    [['think'], /variables must be an object/],
    [{ think: {} }, /the variable "think" must be true, false, a number, a string, or a list of these/],
    [{ think: null }, /the variable "think" must be/],
    [{ think: [[1]] }, /the variable "think" must be/],
    [{ think: Number.NaN }, /the variable "think" must be/],
    [{ think: 2 ** 53 }, /the variable "think" must be/],
    [{ messages: 'x' }, /"messages" is set for every conversation\. Leave it out \(--template-variables\)/],
    [{ add_generation_prompt: true }, /"add_generation_prompt" is set for every conversation/],
    [{ tools: [] }, /"tools" is set for every/],
    [{ strftime_now: 'x' }, /"strftime_now" is set for every/],
    [{ bos_token: 'x' }, /"bos_token" is one of the tokenizer's special tokens/],
    [{ pad_token: 'x' }, /"pad_token" is one of the tokenizer's/],
    [{ mine_token: 'x' }, /"mine_token" is one of the tokenizer's/],
    [{ thinking: true }, /it does not read the variable "thinking", which would change nothing/],
    [{ 'm.content': 1 }, /it does not read the variable "m\.content"/],
  ])('%j are refused', (variables, message) => {
    const given = { ...file, variables } as ChatTemplateFile;
    expect(() => createChatTemplate(given)).toThrow(message);
    expect(() => createChatTemplate(given)).toThrow(
      expect.objectContaining({ code: 'invalid-chat-template', exit: 'usage' }),
    );
  });
});
