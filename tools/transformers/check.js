// Saves checkpoints of every kind, lets Python's transformers open them and compute, and compares; then opens what
// transformers saved. Skips, and says so, where there is no Python or no PyPI. Needs the packages built.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  convertWeights,
  createModel,
  createRewardModel,
  loadPretrained,
  loadRewardModel,
  savePretrained,
  saveRewardModel,
} from '@ais/language-model';
import { architectures } from '@ais/language-model/families';
import { useBackend } from '@ais/runtime';
import { pythonEnvironment } from './python-environment.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const environment = pythonEnvironment(here('requirements.txt'));
if (environment.absent) {
  console.log(`skipped: ${environment.absent}`);
  process.exit(0);
}

const SHAPE = { vocabularySize: 96, hiddenSize: 32, layerCount: 3, headCount: 4, initializerRange: 0.3 };
const LLAMA_3 = {
  type: 'llama3',
  factor: 8,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalMaxPositions: 64,
};
const VARIANTS = {
  parallel: { model: {} },
  sequential: { model: { useParallelResidual: false, rotaryFraction: 0.5, rotaryBase: 500 } },
  tied: {
    model: { tieWordEmbeddings: true, otherKeys: { classifier_dropout: 0.2, my_own_key: [1, { two: 2 }] } },
  },
  'without-biases': { model: { attentionBias: false, intermediateSize: 72, layerNormEpsilon: 1e-3 } },
  sharded: { model: {}, save: { maxShardBytes: 20_000 } },
  'bfloat16-sharded-tied': {
    model: { tieWordEmbeddings: true },
    save: { dtype: 'bfloat16', maxShardBytes: 20_000 },
  },
  float16: { model: { useParallelResidual: false }, save: { dtype: 'float16' } },
  llama: { family: 'llama', model: { keyValueHeadCount: 2, headSize: 12, rotaryBase: 500 } },
  'llama-3': {
    family: 'llama',
    model: {
      keyValueHeadCount: 1,
      attentionBias: true,
      mlpBias: true,
      rotaryScaling: LLAMA_3,
      tieWordEmbeddings: true,
    },
  },
  mistral: { family: 'mistral', model: { keyValueHeadCount: 2, slidingWindow: 3 } },
  qwen2: { family: 'qwen2', model: { keyValueHeadCount: 2, slidingWindow: 3, maxWindowLayers: 1 } },
  qwen3: {
    family: 'qwen3',
    model: { keyValueHeadCount: 2, headSize: 6, rotaryScaling: { type: 'linear', factor: 2 } },
  },
  gemma3: {
    family: 'gemma3_text',
    model: {
      keyValueHeadCount: 2,
      headSize: 12,
      slidingWindow: 3,
      windowPattern: 2,
      queryScalar: 20,
      rotaryScaling: { type: 'linear', factor: 8 },
    },
  },
  gpt2: { family: 'gpt2', model: { maxPositions: 40, intermediateSize: 72 } },
  'gpt2-untied': { family: 'gpt2', model: { tieWordEmbeddings: false } },
};
const TOKENS = [
  [5, 9, 33, 2, 90, 0, 1, 8],
  [11, 3, 3, 3, 20, 63, 44, 7],
];
// Of several lengths, and each token of the vocabulary once at the end: a padding token must not be mistaken for one.
const SEQUENCES = Array.from({ length: SHAPE.vocabularySize }, (_, last) => [
  ...Array.from({ length: (7 * last) % 9 }, (_, place) => 2 + ((31 * last + 17 * place) % 90)),
  last,
]);
/** Tokenizers by the token that a reward model pads with: their special tokens, and how many words they know. */
const TOKENIZERS = {
  padding: { special: ['<|endoftext|>', '<|padding|>'], words: 94 },
  'start-of-text': { special: ['<|endoftext|>', '<s>'], words: 94, names: { bos_token: '<s>' } },
  'beyond-the-tokenizer': { special: ['<|endoftext|>'], words: 90 },
  nothing: { special: ['<|endoftext|>'], words: 95, names: { pad_token: '<|endoftext|>' } },
};

await useBackend('wasm');
const directory = mkdtempSync(join(tmpdir(), 'transformers-check-'));
try {
  for (const [name, tokenizer] of Object.entries(TOKENIZERS))
    writeTokenizer(tokenizerFolder(name), tokenizer);
  const tokenizer = tokenizerFolder('padding');

  const cases = [];
  for (const [name, { family = 'gpt_neox', model: options, save }] of Object.entries(VARIANTS)) {
    const architecture = architectures.get(family);
    const model = createModel({ ...SHAPE, ...options }, { seed: 17, architecture });
    const folder = join(directory, name);
    await savePretrained(model, folder, { ...save, tokenizer });
    model.dispose();
    // What a reader of the file has: half precision rounds.
    const stored = await loadPretrained(folder);
    const rounded = {};
    for (const dtype of ['bfloat16', 'float16']) {
      rounded[dtype] = `${folder}-in-${dtype}`;
      await convertWeights(folder, rounded[dtype], dtype);
    }
    cases.push({
      ...{ kind: 'language', name, folder, tokens: TOKENS },
      ...{ expected: rows(stored.logits(TOKENS)), rounded },
    });
    for (const [suffix, reward] of Object.entries({
      reward: createRewardModel(stored, { seed: 3 }),
      'reward-sharded': createRewardModel(stored, { seed: 4 }),
    })) {
      reward.offset = 0.5;
      const place = join(directory, `${name}-${suffix}`);
      await saveRewardModel(reward, place, suffix === 'reward' ? {} : { maxShardBytes: 10_000 });
      cases.push(rewardCase(`${name}-${suffix}`, reward, place));
      reward.dispose();
    }
    stored.dispose();
  }
  for (const name of Object.keys(TOKENIZERS)) {
    const reward = createRewardModel(SHAPE, { seed: 5 });
    const place = join(directory, `reward-${name}`);
    await saveRewardModel(reward, place, { tokenizer: tokenizerFolder(name) });
    reward.dispose();
    const stored = await loadRewardModel(place);
    cases.push(rewardCase(`reward-${name}`, stored, place));
    stored.dispose();
  }
  writeFileSync(join(directory, 'cases.json'), JSON.stringify(cases));

  const python = spawnSync(environment.python, [here('open_checkpoints.py'), directory], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  });
  if (python.status !== 0) throw new Error('transformers does not open what this workspace saves.');

  for (const { kind, name, tokens, expected } of cases) {
    const folder = join(directory, 'from-python', name);
    if (kind === 'language') {
      const model = await loadPretrained(folder);
      compare(`${name}, saved by transformers`, rows(model.logits(tokens)), expected);
      model.dispose();
    } else {
      const model = await loadRewardModel(folder);
      const scores = model.scores(tokens);
      compare(`${name}, saved by transformers`, [...scores.dataSync()], expected);
      model.dispose();
    }
  }
  const { versions } = JSON.parse(readFileSync(join(directory, 'from-python', 'versions.json'), 'utf8'));
  console.log(`${cases.length} checkpoints agree in both directions (${versions})`);
} finally {
  rmSync(directory, { recursive: true });
}

/** What `transformers` has to find: scores less their offset, whatever is padded. */
function rewardCase(name, model, folder) {
  const { paddingToken: padding } = model.configuration;
  // Nothing that is scored ends with the padding token.
  const tokens = SEQUENCES.filter((sequence) => sequence.at(-1) !== padding);
  const scores = model.scores(tokens);
  const expected = [...scores.dataSync()];
  scores.dispose();
  return { kind: 'reward', name, folder, tokens, expected };
}

function tokenizerFolder(name) {
  return join(directory, `tokenizer-${name}`);
}

function writeTokenizer(folder, { special, words, names }) {
  mkdirSync(folder);
  const contents = [...special, ...Array.from({ length: words }, (_, word) => `word${word}`)];
  const tokenizer = {
    version: '1.0',
    added_tokens: special.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(contents.map((content, id) => [content, id])),
      unk_token: '<|endoftext|>',
    },
  };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const configuration = { tokenizer_class: 'PreTrainedTokenizerFast', eos_token: '<|endoftext|>', ...names };
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(configuration));
}

function rows(logits) {
  const values = [...logits.dataSync()];
  logits.dispose();
  return values;
}

function compare(name, found, expected) {
  const difference = Math.max(...found.map((value, index) => Math.abs(value - expected[index])));
  if (!(found.length === expected.length && difference < 1e-4)) {
    throw new Error(`${name}: differs by ${difference}.`);
  }
}
