// Saves tokenizers of several kinds, lets Python's transformers open them, and compares with the folders that they came
// from; then opens what transformers saved. Skips, and says so, where there is no Python or no PyPI. Needs the packages built.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@ais/data';
import { trainTokenizer } from '@ais/data/tokenizer';
import { pythonEnvironment } from './python-environment.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const environment = pythonEnvironment(here('requirements.txt'));
if (environment.absent) {
  console.log(`skipped: ${environment.absent}`);
  process.exit(0);
}

const fixtures = here('../../packages/data/fixtures/');
const TEXTS = ['Made soup.', " it's  12 cakes\n\nnaïve 東京 🙂", 'e\u0301 <|endoftext|></s> ΑΣ'];
const CLASS = '"tokenizer_class": "PreTrainedTokenizerFast"';
/** Folders as others write them: a file of the fixtures, and what is beside it. */
const GIVEN = {
  'end-of-text-alone': {
    file: 'tokenizers/sentencepiece-bpe.json',
    companions: { 'tokenizer_config.json': `{${CLASS}, "eos_token": "</s>"}` },
  },
  'everything-beside': {
    file: 'tokenizers/sentencepiece-bpe.json',
    companions: {
      'tokenizer_config.json': `{${CLASS}, "bos_token": {"__type": "AddedToken", "content": "<s>", "lstrip": false, "normalized": false, "rstrip": false, "single_word": false, "special": true}, "eos_token": "</s>", "model_max_length": 1000000000000000019884624838656, "my_key": [1.0, 1e-7]}`,
      'special_tokens_map.json': '{"unk_token": "<unk>"}',
      'chat_template.jinja': '{% for message in messages %}{{ message.content }}{% endfor %}',
    },
  },
  unigram: {
    file: 'tokenizers/unigram-bytes.json',
    companions: { 'tokenizer_config.json': `{${CLASS}, "eos_token": "</s>", "pad_token": "<pad>"}` },
  },
  'byte-level': {
    file: 'tokenizer.json',
    companions: { 'tokenizer_config.json': `{${CLASS}, "eos_token": "<|endoftext|>"}` },
  },
};

const directory = mkdtempSync(join(tmpdir(), 'tokenizers-check-'));
try {
  const cases = [];
  const save = async (name, tokenizer, given) => {
    await tokenizer.save(join(directory, 'saved', name));
    const { vocabularySize, endOfTextToken, fingerprint } = tokenizer;
    const texts = TEXTS.map((text) => [text, tokenizer.encode(text)]);
    cases.push({ name, given, vocabularySize, endOfTextToken, fingerprint, texts });
  };
  await save('trained', await trainTokenizer(TEXTS, { vocabularySize: 300 }), false);
  for (const [name, { file, companions }] of Object.entries(GIVEN)) {
    const folder = join(directory, 'given', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tokenizer.json'), readFileSync(join(fixtures, file)));
    for (const [companion, text] of Object.entries(companions)) writeFileSync(join(folder, companion), text);
    await save(name, await loadTokenizer(folder), true);
  }
  for (const { name } of cases) {
    const again = join(directory, 'again', name);
    await (await loadTokenizer(join(directory, 'saved', name))).save(again);
    sameFiles(join(directory, 'saved', name), again);
  }
  writeFileSync(join(directory, 'cases.json'), JSON.stringify(cases));

  const python = spawnSync(environment.python, [here('open_tokenizers.py'), directory], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  });
  if (python.status !== 0) throw new Error('transformers does not open tokenizers as they are here.');

  for (const { name, fingerprint, texts } of cases) {
    const tokenizer = await loadTokenizer(join(directory, 'from-python', name));
    if (tokenizer.fingerprint !== fingerprint) {
      throw new Error(`${name}, saved by transformers, has another fingerprint.`);
    }
    for (const [text, ids] of texts) {
      if (String(tokenizer.encode(text)) !== String(ids)) {
        throw new Error(`${name}, saved by transformers, has other tokens for ${JSON.stringify(text)}.`);
      }
    }
  }
  const { versions } = JSON.parse(readFileSync(join(directory, 'from-python', 'versions.json'), 'utf8'));
  console.log(`${cases.length} tokenizers agree in both directions (${versions})`);
} finally {
  rmSync(directory, { recursive: true });
}

function sameFiles(one, other) {
  const names = readdirSync(one).sort();
  if (String(names) !== String(readdirSync(other).sort()))
    throw new Error(`${other} has other files than ${one}.`);
  for (const name of names) {
    if (!readFileSync(join(one, name)).equals(readFileSync(join(other, name)))) {
      throw new Error(`${join(other, name)} is not ${join(one, name)}.`);
    }
  }
}
