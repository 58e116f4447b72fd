import { makeWhole, nodeBuiltin } from '@ais/runtime/files';
import { CheckpointError, LanguageModelError, shown } from '../../errors.js';
import type { Architecture, ModelConfiguration } from '../../families/architecture.js';
import { readEndTokens } from '../../families/eos-token-id.js';
import { architectureOf } from '../../families/registry.js';
import { diskFolder } from '../../files/disk.js';
import { type Json, record } from '../../files/json.js';
import { tokenizerFacts } from '../../model/tokenizer-facts.js';
import { CONFIGURATION_FILE, GENERATION_FILE, parseJson, readJson, TOKENIZER_FILE } from '../checkpoint.js';
import { isAdditionalTemplate, readTokenizerFiles } from '../companion-files.js';
import { requireFiniteWeights } from '../finite-weights.js';
import { hasOwnHead } from '../own-head.js';
import { openShards } from '../shards.js';
import type { WeightsFile } from '../stored-model.js';
import { parameterNames } from '../stored-names.js';
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

const TYPES = { f32: 'F32', f16: 'F16', q8_0: 'Q8_0' } as const satisfies Record<string, WrittenType>;
/** `general.file_type`, which llama.cpp shows. */
const FILE_TYPES = { F32: 0, F16: 1, Q8_0: 7 } as const satisfies Record<WrittenType, number>;

const EMBEDDING = 'token_embd.weight';
const HEAD = 'output.weight';

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
  const family = architectureOf(json['model_type'], configurationFile);
  const configuration = family.read(json, configurationFile);
  const shards = await openShards(diskFolder(directory));
  try {
    const tieWordEmbeddings =
      configuration.tieWordEmbeddings && !(await hasOwnHead(shards, family, configuration));
    const stored = { ...configuration, tieWordEmbeddings };
    // Files leave keys out, which then stand for the family's defaults.
    const complete = family.write(stored);
    const tensors = tensorsToWrite(shards, { architecture, family, complete, type: TYPES[type] });
    const embedding = tensors.find(({ name }) => name === EMBEDDING);
    const described = architecture.write(complete);
    checkNothingLost(
      { family, configuration: stored },
      readBack(architecture, described, tensors, configuration.vocabularySize, configurationFile),
      { file: configurationFile, tensors },
    );
    const metadata: MetadataToWrite[] = [
      ['general.architecture', 'string', architecture.name],
      ['general.type', 'string', 'model'],
      ['general.name', 'string', basename(resolve(directory))],
      ['general.file_type', 'uint32', FILE_TYPES[TYPES[type]]],
      ['general.quantization_version', 'uint32', 2],
      ...described,
      ...(await tokenizerOf(directory, json, embedding?.shape[0] ?? 0)),
    ];
    const all = withHead(tensors, architecture);
    await makeWhole(file, (temporary) => writeGguf(temporary, metadata, all));
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

/** How families say which layers have which window, and what is turned. One thing can be said in many ways: layers are compared themselves. */
const OF_LAYERS: ReadonlySet<string> = new Set([
  'slidingWindow',
  'layerTypes',
  'maxWindowLayers',
  'windowPattern',
  'rotaryFraction',
]);

/** A configuration, and the family that knows what it means. */
interface Configured {
  readonly family: Architecture;
  readonly configuration: ModelConfiguration;
}

/** The configuration that a program will read when it opens the file. */
function readBack(
  architecture: GgufArchitecture,
  described: readonly MetadataToWrite[],
  tensors: readonly GgufTensorToWrite[],
  vocabularySize: number,
  file: string,
): Configured {
  const stored = described.map(
    ([key, type, value]) => [key, type === 'float32' ? Math.fround(value) : value] as const,
  );
  const json = architecture.read(new Metadata(new Map(stored), file), {
    has: (name) => tensors.some((tensor) => tensor.name === name),
    vocabularySize,
  });
  const family = architectureOf(json['model_type'], file);
  // A file has a head of its own or none, and that is what counts.
  const tieWordEmbeddings = !tensors.some(({ name }) => name === HEAD);
  return { family, configuration: { ...family.read(json, file), tieWordEmbeddings } };
}

/**
 * Refuses a model of whose configuration a GGUF file would lose something, such as the sliding window of a Mistral model.
 *
 * @throws {CheckpointError} `unsupported-architecture`
 */
function checkNothingLost(
  before: Configured,
  after: Configured,
  { file, tensors }: { readonly file: string; readonly tensors: readonly GgufTensorToWrite[] },
): void {
  const compare = (what: string, found: unknown, expected: unknown): void => {
    if (rounded(found) === rounded(expected)) return;
    const message = `GGUF has no place for its ${what}. Hand the model on as a folder instead.`;
    throw new CheckpointError('unsupported-architecture', message, {
      file,
      expected: shown(expected ?? null),
      found: shown(found ?? null),
    });
  };
  const isScaledByTensor = tensors.some(({ name }) => name === ROPE_FACTORS);
  const fields = after.configuration as unknown as Json;
  for (const [key, value] of Object.entries(before.configuration)) {
    // Llama 3's scaling is a tensor of its own.
    if (ELSEWHERE.has(key) || OF_LAYERS.has(key) || (isScaledByTensor && key === 'rotaryScaling')) continue;
    compare(key, value, fields[key]);
  }
  // A configuration that claims billions of layers costs nothing.
  const layers = Math.min(before.configuration.layerCount, tensors.length);
  for (let layer = 0; layer < layers; layer++) {
    const [own, read] = [layerOf(before, layer), layerOf(after, layer)];
    compare(`window of layer ${layer}`, own.window, read.window);
    compare(`rotary base of layer ${layer}`, own.base, read.base);
    compare(`rotary dimensions of layer ${layer}`, own.dimensions, read.dimensions);
  }
}

/** What a layer sees, and what turns its queries and keys. */
function layerOf(
  { family, configuration }: Configured,
  index: number,
): Readonly<Record<'window' | 'base' | 'dimensions', number | undefined>> {
  const { window, rotary } = family.block(configuration, index).attention;
  // A window over all positions hides none.
  const isWindow = window !== undefined && window < configuration.maxPositions;
  return { window: isWindow ? window : undefined, base: rotary?.base, dimensions: rotary?.dimensions };
}

/** A value as JSON, its numbers as float32 has them. */
function rounded(value: unknown): string {
  return JSON.stringify(value ?? null, (_, each: unknown) =>
    typeof each === 'number' ? Math.fround(each) : each,
  );
}

interface Written {
  readonly architecture: GgufArchitecture;
  readonly family: Architecture;
  /** `config.json` with nothing left out. */
  readonly complete: Json;
  readonly type: WrittenType;
}

/** The tensors with the embedding again as the output head, where llama.cpp needs one and the model has none of its own. */
function withHead(
  tensors: readonly GgufTensorToWrite[],
  { needsHead }: GgufArchitecture,
): readonly GgufTensorToWrite[] {
  if (!needsHead || tensors.some(({ name }) => name === HEAD)) return tensors;
  return tensors.flatMap((tensor) =>
    tensor.name === EMBEDDING ? [tensor, { ...tensor, name: HEAD }] : [tensor],
  );
}

function tensorsToWrite(
  shards: readonly WeightsFile[],
  { architecture: { names, extra, withoutBiases = false }, family, complete, type }: Written,
): GgufTensorToWrite[] {
  const heads: Heads = {
    query: Number(complete['num_attention_heads']),
    keyValue: Number(complete['num_key_value_heads'] ?? complete['num_attention_heads']),
  };
  const added = [...(extra?.(complete) ?? [])].map(
    ([name, values]): GgufTensorToWrite => ({
      name,
      shape: [values.length],
      type: 'F32',
      values: async () => values,
    }),
  );
  const parameterName = parameterNames(
    shards.flatMap(({ entries }) => [...entries.keys()]),
    family,
  );
  const stored = shards.flatMap((shard) =>
    Array.from(shard.entries, ([tensor, { shape }]): GgufTensorToWrite[] => {
      const found = ggufTensor(names, parameterName(tensor));
      const isTied = complete['tie_word_embeddings'] === true && found?.name === HEAD;
      if (CONSTANT.test(tensor) || isTied) return [];
      if (found === undefined || (withoutBiases && found.name.endsWith('.bias'))) {
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
  const { basename, join } = nodeBuiltin('node:path', 'Writing GGUF');
  const companions = await readTokenizerFiles(directory);
  const { files } = companions;
  const read = (name: string): Json => {
    const content = files.get(name);
    return content === undefined ? {} : record(parseJson(content, join(directory, name)));
  };
  const templates = [...files].flatMap(([name, content]) => {
    const isFirst = name === 'chat_template.jinja';
    if (!isFirst && !isAdditionalTemplate(name)) return [];
    const template = new TextDecoder().decode(content);
    return [[isFirst ? 'default' : basename(name, '.jinja'), template] as const];
  });
  const ends = [json, read(GENERATION_FILE)].flatMap(({ eos_token_id: end }) =>
    readEndTokens(end, directory),
  );
  return tokenizerMetadata({
    tokenizer: read('tokenizer.json'),
    configuration: read(TOKENIZER_FILE),
    facts: tokenizerFacts(companions),
    templates,
    vocabularySize,
    // An id that the model has no token for ends nothing.
    endTokens: [...new Set(ends)].filter((id) => id >= 0 && id < vocabularySize),
    file: join(directory, 'tokenizer.json'),
  });
}
