import { describe, expect, it } from 'vitest';
import { adaptedCompanions } from './adapted-companions.js';

const files = (contents: Record<string, string>): Map<string, Uint8Array> =>
  new Map(Object.entries(contents).map(([name, text]) => [name, new TextEncoder().encode(text)]));
const merged = (base: Record<string, string>, adapter: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Array.from(adaptedCompanions(files(base), files(adapter)), ([name, content]) => [
      name,
      new TextDecoder().decode(content),
    ]),
  );

const BASE = {
  'tokenizer.json': '{"base":1}',
  'tokenizer_config.json': '{"chat_template":"in the base"}',
  'added_tokens.json': '{}',
  'chat_template.jinja': 'of the base',
  'generation_config.json': '{"top_k":7}',
};

describe('adaptedCompanions', () => {
  it('are those of the base where the adapter has none', () => {
    expect(merged(BASE, {})).toEqual(BASE);
  });

  it('are all of the adapter where it has a tokenizer, but for what generation is set to', () => {
    const own = {
      'tokenizer.json': '{}',
      'tokenizer_config.json': '{"chat_template":"in the adapter"}',
    };
    expect(merged(BASE, own)).toEqual({ ...own, 'generation_config.json': '{"top_k":7}' });
    const set = { ...own, 'generation_config.json': '{"top_k":1}' };
    expect(merged(BASE, set)).toEqual(set);
  });

  it('have the template of an adapter without a tokenizer, in either form', () => {
    const file = { 'chat_template.jinja': 'of the adapter' };
    expect(merged(BASE, file)).toEqual({ ...BASE, ...file });
    const { 'chat_template.jinja': _, ...withoutFile } = BASE;
    for (const template of ['"in the adapter"', '[{"name":"default","template":"x"}]']) {
      const key = { 'tokenizer_config.json': `{"chat_template":${template}}` };
      expect(merged(BASE, key)).toEqual({ ...withoutFile, ...key });
    }
    const additional = { 'additional_chat_templates/rag.jinja': 'of the adapter' };
    expect(merged(BASE, additional)).toEqual({ ...withoutFile, ...additional });
    const named = { ...BASE, 'additional_chat_templates/tool_use.jinja': 'of the base' };
    expect(merged(named, file)).toEqual({ ...BASE, ...file });
    for (const text of ['{}', '{"chat_template":null}', 'null', '{']) {
      const none = { 'tokenizer_config.json': text };
      expect(merged(BASE, none)).toEqual({ ...BASE, ...none });
    }
  });
});
