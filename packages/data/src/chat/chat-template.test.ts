import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatml } from './built-in.js';
import { type ChatTemplateFile, createChatTemplate } from './chat-template.js';
import { loadChatTemplate } from './load-chat-template.js';
import type { Message } from './message.js';

const user: Message = { role: 'user', content: 'a' };
const assistant: Message = { role: 'assistant', content: 'b' };
const exchange = { prompt: [user], responses: [[assistant]] };

describe('createChatTemplate', () => {
  it('makes the same template of what it writes', () => {
    const file: ChatTemplateFile = {
      name: 'mine',
      chat: '{{ bos_token }}',
      specialTokens: { bos_token: '<s>' },
    };
    const template = createChatTemplate(file);
    const again = createChatTemplate(JSON.parse(JSON.stringify(template)));
    expect(again.toJSON()).toEqual(file);
    expect(again.fingerprint).toBe(template.fingerprint);
    expect(again.render([])).toBe('<s>');
  });

  it('has a fingerprint of how it renders, not of its name', () => {
    const file: ChatTemplateFile = { chat: 'a', specialTokens: { eos_token: 'x', bos_token: 'y' } };
    const { fingerprint } = createChatTemplate(file);
    const reordered = { ...file, name: 'b', specialTokens: { bos_token: 'y', eos_token: 'x' } };
    expect(createChatTemplate(reordered).fingerprint).toBe(fingerprint);
    const changes = [{ chat: 'b' }, { specialTokens: {} }, { date: '2025-01-01' }, { chatWithTools: 'c' }];
    for (const change of changes) {
      expect(createChatTemplate({ ...file, ...change }).fingerprint).not.toBe(fingerprint);
    }
  });

  it('is one template whatever its line ends are', () => {
    const chat = '{% for m in messages %}\n<{{ m.role }}>\n{% endfor %}\n';
    const template = createChatTemplate({ chat });
    for (const end of ['\r\n', '\r']) {
      const other = createChatTemplate({ chat: chat.replaceAll('\n', end) });
      expect(other.render([user, assistant])).toBe('<user>\n<assistant>\n');
      expect(other.fingerprint).toBe(template.fingerprint);
    }
  });

  it('uses the template for tools where there are tools', () => {
    const template = createChatTemplate({ chat: 'none', chatWithTools: '{{ tools | length }} tools' });
    expect([template.render([user]), template.render([user], { tools: [{}] })]).toEqual(['none', '1 tools']);
  });

  it('renders each response to one prompt', () => {
    const other: Message = { role: 'assistant', content: 'c' };
    expect(chatml.exchange({ prompt: [user], responses: [[assistant], [other, user, other]] })).toEqual({
      prompt: '<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n',
      responses: [
        'b<|im_end|>\n',
        'c<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nc<|im_end|>\n',
      ],
    });
  });

  it.each<[unknown, RegExp]>([
    [null, /expected an object/],
    [{ chat: '' }, /chat must be a string/],
    [{ chat: 'a', prompt: 'b' }, /unknown key "prompt"/],
    [{ chat: 'a', name: 1 }, /name must be a string/],
    [{ chat: 'a', specialTokens: { bos_token: 1 } }, /specialTokens must be/],
    [{ chat: 'a', date: '2024-13-01' }, /date must be a date/],
  ])('refuses %j', (file, message) => {
    expect(() => createChatTemplate(file as ChatTemplateFile, 'mine')).toThrow(message);
    expect(() => createChatTemplate(file as ChatTemplateFile, 'mine')).toThrow(
      expect.objectContaining({ code: 'invalid-chat-template', exit: 'usage' }),
    );
  });
});

describe('templates that are not to be trusted', () => {
  it.each([
    ['is not Jinja', '{% if %}', /chat template evil is not Jinja/],
    [
      'never ends',
      '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}',
      /takes more .*250 ms/,
    ],
    [
      'asks for a range without end',
      '{% for i in range(1000000000000) %}{% endfor %}',
      /fails: range\(\) of 1000000000000 steps/,
    ],
    [
      'calls itself',
      '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
      /chat template evil (fails|takes more .*250 ms)/,
    ],
    [
      'writes without end',
      '{% set ns = namespace(x="abcdefgh") %}{% for i in range(24) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}',
      /writes more than a template may: 134217728 characters/,
    ],
    [
      'fills the memory',
      '{% set ns = namespace(x=[1]) %}{% for i in range(30) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
      /takes more than a template may/,
    ],
  ])('one that %s', (_, chat, message) => {
    expect(() => createChatTemplate({ name: 'evil', chat }).exchange(exchange)).toThrow(message);
    // The next one is not the worse for it.
    expect(chatml.exchange(exchange).responses).toEqual(['b<|im_end|>\n']);
  });

  it('reaches nothing of JavaScript', () => {
    const chat =
      '{{ messages.constructor }}{{ messages[0]["__proto__"] }}{{ process }}{{ globalThis }}{{ import }}';
    expect(createChatTemplate({ chat }).render([user])).toBe('');
  });

  it('says what cannot be handed to it', () => {
    const variables = { evil: () => 1 };
    expect(() => chatml.render([user], { variables })).toThrow(
      /chat template chatml fails: .*could not be cloned/,
    );
  });
});

describe('loadChatTemplate', () => {
  it('takes a name, or what a run has saved', async () => {
    expect(await loadChatTemplate('chatml')).toBe(chatml);
    expect((await loadChatTemplate(chatml.toJSON())).fingerprint).toBe(chatml.fingerprint);
  });

  it('says what there is', async () => {
    await expect(loadChatTemplate('alpaca')).rejects.toThrow(
      /There is no chat template "alpaca"\. Use chatml, or the path/,
    );
    await expect(loadChatTemplate('./none.jinja')).rejects.toMatchObject({ code: 'file-unreadable' });
    const empty = join(tmpdir(), `ais-empty-${process.pid}.jinja`);
    writeFileSync(empty, '');
    await expect(loadChatTemplate(empty)).rejects.toThrow(
      `the chat template ${empty}: chat must be a string`,
    );
    rmSync(empty);
  });
});
