import { makeWhole, nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError, LanguageModelError, shown } from '../../errors.js';
import { readEndTokens } from '../../families/eos-token-id.js';
import { architectureOf } from '../../families/index.js';
import { diskFolder } from '../../files/disk.js';
import { CONFIGURATION_FILE, GENERATION_FILE, parseJson, readJson, TOKENIZER_FILE } from '../checkpoint.js';
import { readTokenizerFiles } from '../companion-files.js';
import { requireFiniteWeights } from '../finite-weights.js';
import { openShards } from '../shards.js';
import type { WeightsFile } from '../stored-model.js';
import { architectureFor, type GgufArchitecture, ROPE_FACTORS } from './architectures.js';
import { changedShape, type Heads, toGguf } from './changes.js';
import { Metadata } from './metadata.js';
import { TYPE_BLOCKS, type WrittenType } from './stored-numbers.js';
import { ggufTensor } from './tensor-names.js';
import { tokenizerMetadata } from './tokenizer-metadata.js';
import { type GgufTensorToWrite, type MetadataToWrite, writeGguf } from './write-gguf.js';

/** Options of `exportGguf`. */
export interface ExportGgufOptions {
  /**
   * How matrices are stored: `f32`, which loses nothing, by default. Norms and biases are float32 in any case, and a
   * matrix whose rows are not a multiple of 32 is `f16` where `q8_0` is asked for.
   */
  readonly type?: 'f32' | 'f16' | 'q8_0';
}

type Json = Readonly<Record<string, unknown>>;

const TYPES = { f32: 'F32', f16: 'F16', q8_0: 'Q8_0' } as const satisfies Record<string, WrittenType>;
/** `general.file_type`, which llama.cpp shows. */
const FILE_TYPES = { F32: 0, F16: 1, Q8_0: 7 } as const satisfies Record<WrittenType, number>;

/** Tensors of older checkpoints that hold constants, not weights. */
const CONSTANT = /\.(attn|attention)\.(bias|masked_bias)$|\.rotary_emb\.inv_freq$/;

/**
 * Writes a model as one GGUF file, which llama.cpp and what is built on it run: weights, configuration, tokenizer, and
 * chat template.
 *
 * Tensors are read and written one at a time; no back end is needed. The file is there whole or not at all.
 *
 * @param directory a model's folder in Hugging Face's layout, with its tokenizer
 * @param file where the GGUF file goes; one that is there is replaced
 * @throws {CheckpointError} `unsupported-architecture`, `unsupported-tokenizer`, `checkpoint-not-found`, `checkpoint-corrupt`,
 *   `tokenizer-mismatch`, `unexpected-tensor`, `not-finite-weights`, `beyond-range`
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * await exportGguf('aligned', 'aligned.gguf', { type: 'q8_0' });
 */
export async function exportGguf(
  directory: string,
  file: string,
  { type = 'f32' }: ExportGgufOptions = {},
): Promise<void> {
  if (!Object.hasOwn(TYPES, type)) {
    const expected = Object.keys(TYPES).join(', ');
    throw new LanguageModelError(
      'invalid-option',
      `type must be one of ${expected}, got ${JSON.stringify(type)}.`,
    );
  }
  const { basename, join, resolve } = nodeBuiltin('node:path', 'Writing GGUF');
  const configurationFile = join(directory, CONFIGURATION_FILE);
  const json = record(await readJson(configurationFile));
  const architecture = architectureFor(json['model_type'], configurationFile);
  const shards = await openShards(diskFolder(directory));
  try {
    const tensors = tensorsToWrite(shards, architecture, json, TYPES[type]);
    const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
    const described = architecture.write(json);
    checkNothingLost(architecture, json, configurationFile, { described, tensors });
    const metadata: MetadataToWrite[] = [
      ['general.architecture', 'string', architecture.name],
      ['general.type', 'string', 'model'],
      ['general.name', 'string', basename(resolve(directory))],
      ['general.file_type', 'uint32', FILE_TYPES[TYPES[type]]],
      ['general.quantization_version', 'uint32', 2],
      ...described,
      ...(await tokenizerOf(directory, json, embedding?.shape[0] ?? 0)),
    ];
    await makeWhole(file, (temporary) => writeGguf(temporary, metadata, tensors));
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

/** What a GGUF file has in another place, or what does not change what a model computes. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'startOfTextToken',
  'endOfTextTokens',
  'paddingToken',
  'otherKeys',
  'initializerRange',
]);

/**
 * Refuses a model of whose configuration a GGUF file would lose something, such as the sliding window of a Mistral model: the
 * configuration is read back from what is to be written.
 */
function checkNothingLost(
  architecture: GgufArchitecture,
  json: Json,
  file: string,
  { described, tensors }: { described: readonly MetadataToWrite[]; tensors: readonly GgufTensorToWrite[] },
): void {
  const stored = described.map(
    ([key, type, value]) => [key, type === 'float32' ? Math.fround(value) : value] as const,
  );
  const again = architecture.read(new Metadata(new Map(stored), file), {
    has: (name) => tensors.some((tensor) => tensor.name === name),
    vocabularySize: Number(json['vocab_size']),
  });
  const [before, after] = [json, again].map(
    (each) => architectureOf(each['model_type'], file).read(each, file) as unknown as Json,
  ) as [Json, Json];
  // Llama 3's scaling is a tensor of its own.
  const isTensor = tensors.some(({ name }) => name === ROPE_FACTORS);
  for (const [key, value] of Object.entries(before)) {
    if (ELSEWHERE.has(key) || (isTensor && key === 'rotaryScaling')) continue;
    if (rounded(value) === rounded(after[key])) continue;
    throw new CheckpointError('unsupported-architecture', `GGUF has no place for its ${key}.`, {
      file,
      expected: shown(after[key] ?? null),
      found: shown(value),
    });
  }
}

/** A value as JSON, its numbers as float32 has them. */
function rounded(value: unknown): string {
  return JSON.stringify(value ?? null, (_, each: unknown) =>
    typeof each === 'number' ? Math.fround(each) : each,
  );
}

function tensorsToWrite(
  shards: readonly WeightsFile[],
  { names, extra }: GgufArchitecture,
  json: Json,
  type: WrittenType,
): GgufTensorToWrite[] {
  const heads: Heads = {
    query: Number(json['num_attention_heads']),
    keyValue: Number(json['num_key_value_heads'] ?? json['num_attention_heads']),
  };
  const added = [...(extra?.(json) ?? [])].map(
    ([name, values]): GgufTensorToWrite => ({
      name,
      shape: [values.length],
      type: 'F32',
      values: async () => values,
    }),
  );
  const stored = shards.flatMap((shard) =>
    Array.from(shard.entries, ([tensor, { shape }]): GgufTensorToWrite[] => {
      const found = ggufTensor(names, tensor);
      if (CONSTANT.test(tensor) || (json['tie_word_embeddings'] === true && found?.name === 'output.weight'))
        return [];
      if (found === undefined) {
        throw new CheckpointError('unexpected-tensor', 'GGUF has no place for it in models of this family.', {
          file: shard.path,
          tensor,
        });
      }
      const { name, change } = found;
      const values = async (): Promise<Float32Array> => {
        const values = await shard.read(tensor);
        requireFiniteWeights(values, { file: shard.path, tensor });
        return change === undefined ? values : toGguf(change, { shape, values }, heads);
      };
      const changed = changedShape(change, shape);
      return [{ name, shape: changed, type: typeOf(name, changed, type), values }];
    }).flat(),
  );
  return [...added, ...stored];
}

/** Norms and biases, and what is added to embeddings, stay as they are. */
function typeOf(name: string, shape: readonly number[], type: WrittenType): WrittenType {
  if (shape.length < 2 || name === 'position_embd.weight') return 'F32';
  return (shape.at(-1) as number) % TYPE_BLOCKS[type] === 0 ? type : 'F16';
}

async function tokenizerOf(
  directory: string,
  json: Json,
  vocabularySize: number,
): Promise<MetadataToWrite[]> {
  const { join } = nodeBuiltin('node:path', 'Writing GGUF');
  const { files } = await readTokenizerFiles(directory);
  const read = (name: string): Json => {
    const content = files.get(name);
    return content === undefined ? {} : record(parseJson(content, join(directory, name)));
  };
  const template = files.get('chat_template.jinja');
  const ends = [json, read(GENERATION_FILE)].flatMap(({ eos_token_id: end }) =>
    readEndTokens(end, directory),
  );
  return tokenizerMetadata({
    tokenizer: read('tokenizer.json'),
    configuration: read(TOKENIZER_FILE),
    chatTemplate: template === undefined ? undefined : new TextDecoder().decode(template),
    vocabularySize,
    endTokens: [...new Set(ends)],
    file: join(directory, 'tokenizer.json'),
  });
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
