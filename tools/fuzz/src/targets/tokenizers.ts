import { loadTokenizer } from '@ais/data';
import { modelChatTemplate } from '@ais/data/chat';
import { filesTarget } from '../files-target.js';
import { fileSeeds, fixturesOf, textFiles } from '../fixtures.js';
import type { Files, FuzzTarget } from '../target.js';

const folder = fixturesOf('@ais/data');
const KINDS = ['sentencepiece-bpe', 'unigram', 'unigram-bytes', 'whitespace-bpe', 'word-level', 'word-piece'];
/** What ends a text, of the first tokenizer and of each kind. */
const ENDS = ['<|endoftext|>', '</s>', '</s>', '</s>', '[SEP]', '[SEP]', '[SEP]'];
const TEXT = 'The lake: dinner with 東京 🙂,\n  12 cakes';

/** What tokenizers are made of. */
const STRANGE = [
  ...['BPE', 'WordPiece', 'Unigram', 'WordLevel', 'ByteLevel', 'Metaspace', 'Split', 'Sequence', 'Replace'],
  ...['Lowercase', 'Precompiled', 'Strip', 'ByteFallback', 'Fuse', 'TemplateProcessing', '(a+)+$', '\\', '('],
  ...[
    'a b',
    'b a',
    ['a', 'b'],
    { type: 'NFC' },
    { type: 'Replace', pattern: { String: 'a' }, content: 'aa' },
  ],
  { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false },
  { type: 'Split', pattern: { String: '' }, behavior: 'Isolated', invert: false },
  { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }] },
  { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  {
    type: 'Sequence',
    normalizers: Array.from({ length: 60 }, () => ({
      type: 'Replace',
      pattern: { String: 'e' },
      content: 'ee',
    })),
  },
];

/** `tokenizer.json` of each kind of model, merges and vocabulary included, and what they make of a text and back. */
export const tokenizer: FuzzTarget = filesTarget({
  name: 'tokenizer',
  share: 1,
  only: /^tokenizer\.json$/,
  strange: STRANGE,
  seeds: async () =>
    (await fileSeeds(folder, ['tokenizer.json', ...KINDS.map((kind) => `tokenizers/${kind}.json`)])).map(
      (files, index) => {
        const [content = new Uint8Array()] = files.values();
        return new Map([
          ['tokenizer.json', content],
          ...textFiles({ 'tokenizer_config.json': { eos_token: ENDS[index] } }),
        ]);
      },
    ),
  async read(directory) {
    const loaded = await loadTokenizer(directory);
    loaded.decode(loaded.encode(TEXT));
  },
});

/** What lies beside `tokenizer.json`: its configuration, special tokens, and chat templates. */
export const tokenizerFolder: FuzzTarget = filesTarget({
  name: 'tokenizer-folder',
  share: 2,
  only: /config|map|jinja/,
  strange: [...STRANGE, '<|endoftext|>', { content: '<|endoftext|>', special: true }, [{ name: 'default' }]],
  hard: ['{% for m in messages %}', '{{ m.content }}', '{% endfor %}', '{{ bos_token }}'],
  async seeds() {
    const [json] = (await fileSeeds(folder, ['tokenizer.json'])) as readonly Files[];
    const text = (value: unknown): Uint8Array =>
      new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
    const end = { content: '<|endoftext|>', special: true, normalized: false, lstrip: false, rstrip: false };
    const chat = '{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}';
    return [
      new Map([
        ...(json as Files),
        [
          'tokenizer_config.json',
          text({
            eos_token: '<|endoftext|>',
            bos_token: end,
            add_bos_token: false,
            model_max_length: 1e30,
            chat_template: [
              { name: 'default', template: chat },
              { name: 'tool_use', template: chat },
            ],
            added_tokens_decoder: { 0: end },
          }),
        ],
        ['special_tokens_map.json', text({ eos_token: end, additional_special_tokens: ['<|endoftext|>'] })],
        ['chat_template.jinja', text(chat)],
        ['additional_chat_templates/tool_use.jinja', text(chat)],
      ]),
    ];
  },
  async read(directory) {
    const loaded = await loadTokenizer(directory);
    modelChatTemplate(loaded);
    loaded.decode(loaded.encode(TEXT));
  },
});
