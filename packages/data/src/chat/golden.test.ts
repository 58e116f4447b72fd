import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../formats/parse-json.js';
import { createChatTemplate } from './chat-template.js';
import type { Message } from './message.js';
import type { TemplateVariables } from './template-variables.js';

interface Golden {
  readonly versions: Readonly<Record<string, string>>;
  readonly specialTokens: Readonly<Record<string, Record<string, string>>>;
  readonly conversations: Readonly<Record<string, readonly Message[]>>;
  readonly date: string;
  readonly dates: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly template: string;
    readonly conversation: string;
    readonly options: {
      readonly add_generation_prompt?: boolean;
      readonly tools?: readonly object[];
      readonly enable_thinking?: boolean;
    };
    readonly text?: string;
    readonly error?: string;
  }[];
  readonly variables: readonly {
    readonly template: string;
    readonly conversation: string;
    readonly variables: TemplateVariables;
    readonly addGenerationPrompt: boolean;
    readonly text?: string;
    readonly error?: string;
  }[];
}

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/chat/${name}`, import.meta.url), 'utf8');
const golden = JSON.parse(fixture('golden.json')) as Golden;

describe.each(Object.entries(golden.specialTokens))('%s', (name, specialTokens) => {
  const template = createChatTemplate({ name, chat: fixture(`${name}.jinja`), specialTokens });
  const cases = golden.cases.filter((each) => each.template === name);

  it(`renders ${cases.length} conversations as transformers ${golden.versions['transformers']} does`, () => {
    expect(cases.length).toBeGreaterThan(20);
    for (const { conversation, options, text, error } of cases) {
      const { add_generation_prompt: addGenerationPrompt = false, tools, ...variables } = options;
      const render = () =>
        template.render(golden.conversations[conversation]!, {
          addGenerationPrompt,
          ...(tools && { tools }),
          variables: { date_string: '01 Feb 2025', ...variables },
        });
      if (text !== undefined) expect(render(), `${conversation} ${JSON.stringify(options)}`).toBe(text);
      else expect(render).toThrow(error!.replace(/[.!]$/, ''));
    }
  });
});

it.each(['thinking', 'modes'])('renders %s with variables of its own as transformers does', (name) => {
  const cases = golden.variables.filter(({ template }) => template === name);
  expect(cases.length).toBeGreaterThan(40);
  for (const { conversation, variables, addGenerationPrompt, text, error } of cases) {
    const chat = fixture(`${name}.jinja`);
    const specialTokens = golden.specialTokens[name]!;
    const render = () =>
      createChatTemplate({ name, chat, specialTokens, variables }).render(
        golden.conversations[conversation]!,
        { addGenerationPrompt },
      );
    if (text !== undefined) expect(render(), `${conversation} ${JSON.stringify(variables)}`).toBe(text);
    else expect(render).toThrow(error!);
  }
});

it('writes dates as Python does, on every machine', () => {
  const chat = '{% for format in formats %}{{ strftime_now(format) }}|{% endfor %}';
  const template = createChatTemplate({ chat, date: golden.date });
  const formats = Object.keys(golden.dates);
  expect(template.render([], { variables: { formats } })).toBe(`${Object.values(golden.dates).join('|')}|`);
});

interface JinjaGolden {
  readonly versions: Readonly<Record<string, string>>;
  readonly messages: readonly Message[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly cases: readonly { readonly source: string; readonly text?: string; readonly error?: string }[];
}

// Some of its numbers are beyond what a number of JavaScript holds.
const jinja = parseJson(fixture('jinja-golden.json')) as JinjaGolden;

it.each(jinja.cases)(`renders as Jinja ${jinja.versions['jinja2']} does: $source`, ({ source, text }) => {
  const render = () =>
    createChatTemplate({ chat: source }).render(jinja.messages, { variables: jinja.variables });
  if (text !== undefined) expect(render()).toBe(text);
  else expect(render).toThrow(expect.objectContaining({ fault: 'template-failed' }));
});
