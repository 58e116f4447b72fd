import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { mutateBytes } from './mutate.js';
import { protectedPages } from './protected-pages.js';

const fixture = (name) => new Uint8Array(readFileSync(new URL(`../fixtures/${name}`, import.meta.url)));

const lines = (name) =>
  new TextDecoder()
    .decode(fixture(name))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The rows that every seed in sources/ holds. */
const POSTS = lines('sources/tldr-3-filtered.jsonl');

/** The rows that every seed in formats/ holds; their ids are more than a number holds, so they are taken from the text. */
const QUESTIONS = lines('formats/rows.jsonl');
const QUESTION_IDS = new TextDecoder().decode(fixture('formats/rows.jsonl')).match(/(?<="id": )\d+/g);

/** A value other than what was stored, read without a complaint although a checksum covers what was changed. */
class WrongValue extends Error {}

/**
 * What is fuzzed: readers of @ais/data, given as its names so that sources and builds can be fuzzed alike.
 *
 * A target has a name, whole files as seeds, a mutation, and `read`, which resolves to false where the values differ
 * and nothing covers what was changed.
 */
export function targets(data) {
  const posts = POSTS.map(({ id, ...fields }) => {
    const { text, cut } = data.templates.tldr.prompt(fields);
    return { id, prompt: text, cut, response: data.templates.tldr.response(fields) };
  });
  const questions = QUESTIONS.map(({ question, answer, family }, index) => ({
    id: QUESTION_IDS[index],
    prompt: data.templates['question-answer'].prompt({ question }).text,
    response: data.templates['question-answer'].response({ answer }),
    ...(family === null ? {} : { family }),
  }));
  const sourceTarget = (name, seeds, rows, isCovered) => ({
    name,
    seeds: seeds.map((file) => {
      const bytes = fixture(file);
      return { file, bytes, ...(file.endsWith('.parquet') ? { pages: protectedPages(bytes) } : {}) };
    }),
    mutate: mutateBytes,
    async read(path, seed, mutated) {
      const strict = await data.collectRecords(data.textSource(rows(path))).catch((error) => error);
      if (strict instanceof Error) {
        // Whoever skips must get through as well, except where a damaged file stops the reading either way. One file
        // in four is read so.
        if (mutated.length % 4 === 0) await readSkipping(rows(path));
        throw strict;
      }
      if (isDeepStrictEqual(strict, seed.file.startsWith('sources/') ? posts : questions)) return true;
      if (isCovered(seed, mutated)) throw new WrongValue(JSON.stringify(strict).slice(0, 300));
      return false;
    },
  });
  const readSkipping = async (rows) => {
    const report = data.createReadReport();
    try {
      await data.collectRecords(data.textSource(rows), { onError: 'skip', report });
    } catch (error) {
      if (['damaged-file', 'unknown-columns'].includes(error.code)) return;
      throw error;
    }
    if (report.skipped === 0) throw new Error('one reading met a fault and the other none');
  };
  const all = [
    sourceTarget('jsonl', ['sources/tldr-3-filtered.jsonl'], data.jsonlRows, () => false),
    // The checksum is over all that there is in a member or a frame.
    sourceTarget('gz', ['sources/posts.jsonl.gz'], data.jsonlRows, () => true),
    sourceTarget('zst', ['sources/posts.jsonl.zst'], data.jsonlRows, () => true),
    sourceTarget('parquet', PARQUET, data.parquetRows, onlyPagesChanged),
    sourceTarget('json', ['formats/rows.json', 'formats/rows-bom.json'], data.jsonRows, () => false),
    sourceTarget(
      'csv',
      ['formats/rows.csv', 'formats/rows-pandas.csv', 'formats/rows.tsv'],
      data.csvRows,
      () => false,
    ),
    sourceTarget('arrow', ARROW, data.arrowRows, () => false),
    {
      name: 'tokenizer',
      seeds: [{ file: 'tokenizer.json', bytes: fixture('tokenizer.json') }],
      mutate: (bytes, below) => (below(2) ? mutateBytes(bytes, below) : mutateJson(bytes, below)),
      async read(path) {
        const tokenizer = await data.loadTokenizer(path);
        tokenizer.decode(tokenizer.encode('The lake: dinner with 東京 🙂,\n  12 cakes'));
        return true;
      },
    },
    {
      name: 'chat-template',
      seeds: TEMPLATES.map((file) => ({ file, bytes: fixture(file) })),
      mutate: (bytes, below) => (below(3) ? mutateJinja(bytes, below) : mutateBytes(bytes, below)),
      async read(path, seed) {
        const read = (file) => {
          const chat = readFileSync(file, 'utf8');
          const template = data.createChatTemplate({
            chat,
            specialTokens: { bos_token: '<s>', eos_token: '</s>' },
          });
          return [template.exchange(EXCHANGE), template.exchange({ ...EXCHANGE, tools: [TOOL] })];
        };
        return isDeepStrictEqual(read(path), read(new URL(`../fixtures/${seed.file}`, import.meta.url)));
      },
    },
    {
      name: 'conversations',
      seeds: CONVERSATIONS.map((file) => ({ file, bytes: fixture(file) })),
      mutate: (bytes, below) => (below(3) ? mutateLine(bytes, below) : mutateBytes(bytes, below)),
      async read(path, seed) {
        const options = { chatTemplate: data.chatTemplates.chatml };
        const read = (file) => {
          const source =
            seed.file.includes('binarized') || seed.file.includes('hh')
              ? data.comparisonSource
              : data.textSource;
          return data.collectRecords(source(data.jsonlRows(file), options));
        };
        const original = await read(fileURLToPath(new URL(`../fixtures/${seed.file}`, import.meta.url)));
        return isDeepStrictEqual(await read(path), original);
      },
    },
  ];
  return new Map(all.map((target) => [target.name, target]));
}

const PARQUET = [
  'sources/tldr-3-filtered.parquet',
  'sources/tldr-3-filtered-oai-preprocessing.parquet',
  ...['none', 'snappy', 'gzip', 'zstd', 'brotli'].flatMap((codec) => [
    `sources/posts-${codec}-v1.parquet`,
    `sources/posts-${codec}-v2.parquet`,
  ]),
];

const TEMPLATES = ['chatml-default-system', 'chatml-tools', 'headers', 'turns', 'instructions'].map(
  (name) => `chat/${name}.jinja`,
);

const CONVERSATIONS = [
  'trl-lib-ultrafeedback_binarized',
  'Anthropic-hh-rlhf',
  'trl-lib-language-modeling',
  'trl-lib-prompt-completion',
  'tools',
].map((name) => `conversations/${name}.jsonl`);

const EXCHANGE = {
  prompt: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why?' },
  ],
  responses: [[{ role: 'assistant', content: 'So.' }], [{ role: 'assistant', content: 'No 🙂.' }]],
};
const TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } };

const ARROW = [
  'rows.feather',
  'rows-lz4.feather',
  'rows-zstd.feather',
  'rows-stream.arrow',
  'rows-dictionary.feather',
].map((name) => `formats/${name}`);

/** Only the seeds whose writer stored page checksums, and only changes within the pages' own bytes. */
function onlyPagesChanged(seed, mutated) {
  if (seed.pages === undefined || seed.bytes.length !== mutated.length) return false;
  return seed.bytes.every(
    (byte, index) =>
      byte === mutated[index] || seed.pages.some(([start, end]) => index >= start && index < end),
  );
}

/** A JSON text changed in one to three places so that it stays JSON. */
function mutateJson(bytes, below) {
  const root = { root: JSON.parse(new TextDecoder().decode(bytes)) };
  for (let count = 1 + below(3); count > 0; count--) {
    // The large lists would take nearly all changes: first a depth, then a place there.
    let holder = root;
    let key = 'root';
    for (let depth = below(5); depth > 0; depth--) {
      const value = holder[key];
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      if (keys.length === 0) break;
      holder = value;
      key = keys[below(keys.length)];
    }
    if (below(5) === 0) delete holder[key];
    // A copy: a later change may put one of them into itself.
    else holder[key] = structuredClone(STRANGE[below(STRANGE.length)]);
  }
  return new TextEncoder().encode(JSON.stringify(root.root ?? null));
}

/** The first line of a file of JSON, changed so that it stays JSON. */
function mutateLine(bytes, below) {
  const [line = '', ...rest] = new TextDecoder().decode(bytes).split('\n');
  const changed = mutateJson(new TextEncoder().encode(line), below);
  return new TextEncoder().encode([new TextDecoder().decode(changed), ...rest].join('\n'));
}

/** A template with a tag taken out, doubled, moved, or replaced by one that is hard on whoever renders it. */
function mutateJinja(bytes, below) {
  const parts = new TextDecoder().decode(bytes).split(/(\{[{%].*?[%}]\})/s);
  for (let count = 1 + below(3); count > 0; count--) {
    const at = below(parts.length);
    const [part = ''] = parts.splice(at, below(2));
    const to = below(parts.length + 1);
    if (below(2)) parts.splice(to, 0, HARD[below(HARD.length)]);
    else parts.splice(to, 0, part, ...(below(2) ? [part] : []));
  }
  return new TextEncoder().encode(parts.join(''));
}

const HARD = [
  '{% for i in range(999999) %}{% for j in range(999999) %}{% endfor %}{% endfor %}',
  '{% for i in range(-5, 5, 0) %}{{ i }}{% endfor %}',
  '{% set ns = namespace(x="x") %}{% for i in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}',
  '{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
  '{% macro f(x) %}{{ f(x ~ x) }}{% endmacro %}{{ f("x") }}',
  '{{ messages | tojson(indent=1e9) }}',
  '{{ "x" | indent(99999999) }}{{ messages.constructor }}{{ raise_exception(messages) }}',
  '{{ [3, "a", none] | sort }}{{ messages | map(attribute="a.b.c") | join }}',
  '{% if %}',
  '{% endfor %}',
  '{# ',
  '{{ 1 / 0 }}{{ 2 ** 99 }}{{ -1 % 0 }}',
];

const STRANGE = [
  { role: 'user', content: 'a' },
  [{ role: 'assistant', content: '' }],
  { role: 'tool', content: null },
  ...[null, true, false, 0, -1, 1e9, 0.5, '', 'a', '\ud800', ' ', [], {}, [[]], ['a', 'b'], { type: 'NFC' }],
  ...['BPE', 'WordPiece', 'Unigram', 'WordLevel', 'ByteLevel', 'Metaspace', 'Split', 'Sequence', 'Replace'],
  ...['Lowercase', 'Precompiled', 'Strip', 'ByteFallback', 'Fuse', 'TemplateProcessing', '(a+)+$', '\\', '('],
  { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false },
  { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }] },
  { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
];
