import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTemplate } from '@ais/data';
import { type ChatTemplate, createChatTemplate } from '@ais/data/chat';
import { filesTarget } from '../files-target.js';
import { fileSeeds, fixturesOf, textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const NAMES = ['chatml-default-system', 'chatml-tools', 'headers', 'turns', 'instructions'];

const EXCHANGE: Parameters<ChatTemplate['exchange']>[0] = {
  prompt: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why?' },
  ],
  responses: [[{ role: 'assistant', content: 'So.' }], [{ role: 'assistant', content: 'No 🙂.' }]],
};
const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

/** Pieces that run into a limit of time or memory, and end a thread: a quarter of a second each. */
const ENDLESS = [
  '{% for i in range(999999) %}{% for j in range(999999) %}{% endfor %}{% endfor %}',
  '{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
];
const QUICK = [
  '{% for i in range(-5, 5, 0) %}{{ i }}{% endfor %}',
  '{% set ns = namespace(x="x") %}{% for i in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}',
  '{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f("x") }}',
  '{{ messages | tojson(indent=1e9) }}',
  '{{ "x" | indent(99999999) }}{{ messages.constructor }}{{ raise_exception(messages) }}',
  '{{ [3, "a", none] | sort }}{{ messages | map(attribute="a.b.c") | join }}',
  '{% if %}',
  '{% endfor %}',
  '{# ',
  '{{ 1 / 0 }}{{ 2 ** 99 }}{{ -1 % 0 }}',
];
/** One in a hundred is endless. */
const HARD = [...ENDLESS, ...Array.from({ length: 20 }, () => QUICK).flat()];

/** Chat templates, each for two records. */
export const chatTemplate: FuzzTarget = filesTarget({
  name: 'chat-template',
  // A tenth of all cases: a template is a program.
  share: 16,
  structured: 2 / 3,
  hard: HARD,
  seeds: () =>
    fileSeeds(
      fixturesOf('@ais/data'),
      NAMES.map((name) => `chat/${name}.jinja`),
    ),
  async read(directory, { files }) {
    const [file = ''] = files.keys();
    const chat = await readFile(join(directory, file), 'utf8');
    const template = createChatTemplate({ chat, specialTokens: { bos_token: '<s>', eos_token: '</s>' } });
    template.exchange(EXCHANGE);
    template.exchange({ ...EXCHANGE, tools: [TOOL] });
  },
});

/** Templates of fields, in YAML and JSON. */
export const template: FuzzTarget = filesTarget({
  name: 'template',
  share: 6,
  strange: ['{question}', '{{', '}}', '{', '{a}{a}', '{__proto__}', ['question']],
  hard: ['a: &a [*a, *a]', 'cut: question', 'trim: [answer]', '- ', '? {', '!!js/function x', 'prompt: |'],
  seeds: () => [
    textFiles({ 'template.json': { prompt: 'Q: {question} A:', response: ' {answer}', cut: 'question' } }),
    textFiles({ 'template.yaml': 'prompt: "Q: {question}\\nA:"\nresponse: " {answer}"\ntrim: [answer]\n' }),
  ],
  async read(directory, { files }) {
    const [file = ''] = files.keys();
    const loaded = await loadTemplate(join(directory, file));
    const fields = { question: 'Why?', answer: 'So.' };
    loaded.prompt(fields);
    loaded.response(fields);
  },
});
