import { CheckpointError, shown } from '../../errors.js';
import type { Json } from '../../files/json.js';
import type { OpenedFile } from '../../files/opened-file.js';
import { CONFIGURATION_FILE, GENERATION_FILE, TOKENIZER_FILE } from '../checkpoint.js';
import type { WeightsFile } from '../stored-model.js';
import { architectureOf, ROPE_FACTORS } from './architectures.js';
import { type Change, changedShape, fits, fromGguf, type Heads } from './changes.js';
import { type GgufFile, openGguf } from './gguf-file.js';
import { Metadata } from './metadata.js';
import { hubTensor } from './tensor-names.js';
import { type TokenRoles, tokenRoles } from './token-roles.js';
import { tokenizerFiles } from './tokenizer.js';

/** A model in one GGUF file, as a folder in Hugging Face's layout would have it. */
export interface GgufModel {
  readonly weights: WeightsFile;
  /** `config.json`, `generation_config.json`, and the tokenizer's files, if the file has a tokenizer. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** About what the file says and what is left out. */
  readonly warnings: readonly string[];
}

/** Kinds of tokenizer that say that there is none. */
const NO_TOKENIZER = ['none', 'no_vocab'];
const TOKENIZER_JSON = 'tokenizer.json';

/**
 * Opens a GGUF file as a model.
 *
 * @throws {CheckpointError} as `openGguf` does; `unsupported-architecture`, `unsupported-tokenizer`, `missing-tensor`
 */
export async function openGgufModel(source: string | OpenedFile): Promise<GgufModel> {
  const file = await openGguf(source);
  try {
    const metadata = new Metadata(file.metadata, file.path);
    checkWhole(metadata);
    const { names, read } = architectureOf(metadata);
    const configuration = read(metadata, {
      has: (tensor) => file.entries.has(tensor),
      vocabularySize: vocabularySize(file),
      ropeFactors: await ropeFactors(file),
    });
    const heads: Heads = {
      query: headCount(configuration['num_attention_heads']),
      keyValue: headCount(configuration['num_key_value_heads']),
    };
    const renamed = new Map<string, { readonly stored: string; readonly change: Change | undefined }>();
    for (const stored of file.entries.keys()) {
      if (stored === ROPE_FACTORS) continue;
      const { name, change } = hubTensor(names, stored) ?? { name: stored };
      renamed.set(name, { stored, change });
    }
    return { weights: weights(file, renamed, heads), ...jsonFiles(metadata, configuration) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function checkWhole(metadata: Metadata): void {
  if ((metadata.index('split.count') ?? 1) <= 1) return;
  throw new CheckpointError(
    'unsupported-weights',
    'it is one of several files that hold the model. Merge them with llama-gguf-split --merge of llama.cpp.',
    { file: metadata.file },
  );
}

function vocabularySize({ entries, path }: GgufFile): number {
  const tensor = 'token_embd.weight';
  const shape = entries.get(tensor)?.shape;
  if (shape?.length === 2) return shape[0] as number;
  throw new CheckpointError(
    shape === undefined ? 'missing-tensor' : 'wrong-shape',
    'there is no embedding matrix.',
    { file: path, tensor, expected: 'a matrix', found: shape === undefined ? 'nothing' : shown(shape) },
  );
}

/** No head has more dimensions: what claims to is not read. */
const MOST_FACTORS = 4_096;

async function ropeFactors(file: GgufFile): Promise<Float32Array | undefined> {
  const shape = file.entries.get(ROPE_FACTORS)?.shape;
  if (shape === undefined) return undefined;
  if (shape.length === 1 && (shape[0] as number) <= MOST_FACTORS) return await file.read(ROPE_FACTORS);
  throw new CheckpointError('wrong-shape', 'it cannot divide the frequencies of a head.', {
    file: file.path,
    tensor: ROPE_FACTORS,
    found: shown(shape),
  });
}

function headCount(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function weights(
  file: GgufFile,
  renamed: ReadonlyMap<string, { readonly stored: string; readonly change: Change | undefined }>,
  heads: Heads,
): WeightsFile {
  const shapeOf = (stored: string): readonly number[] => file.entries.get(stored)?.shape ?? [];
  return {
    path: file.path,
    entries: new Map(
      Array.from(renamed, ([name, { stored, change }]) => [
        name,
        { shape: changedShape(change, shapeOf(stored)) },
      ]),
    ),
    read: async (tensor) => {
      const { stored, change } = renamed.get(tensor) ?? { stored: tensor };
      const shape = shapeOf(stored);
      if (change !== undefined && !fits(change, shape, heads)) {
        throw new CheckpointError('wrong-shape', 'its rows cannot be divided among the heads.', {
          file: file.path,
          tensor: stored,
          expected: `rows for ${heads.query} heads, ${heads.keyValue} of keys`,
          found: shown(shape),
        });
      }
      const values = await file.read(stored);
      return change === undefined ? values : fromGguf(change, { shape, values }, heads);
    },
    close: () => file.close(),
  };
}

/** The files beside the weights, and what is to be said about them. */
function jsonFiles(metadata: Metadata, configuration: Json): Pick<GgufModel, 'files' | 'warnings'> {
  const files = new Map<string, Uint8Array>();
  const put = (name: string, json: Json): void => {
    files.set(name, new TextEncoder().encode(`${JSON.stringify(json, null, 2)}\n`));
  };
  const hasTokenizer = !NO_TOKENIZER.includes(metadata.string('tokenizer.ggml.model', 'none'));
  const { ids, warnings } = hasTokenizer ? tokenRoles(metadata) : { ids: {}, warnings: [] };
  const tokens = tokenIds(ids);
  put(CONFIGURATION_FILE, { ...configuration, ...tokens, dtype: 'float32' });
  put(GENERATION_FILE, tokens);
  if (hasTokenizer) {
    const { tokenizer, configuration: ofTokenizer } = tokenizerFiles(metadata);
    put(TOKENIZER_JSON, tokenizer);
    put(TOKENIZER_FILE, ofTokenizer);
  }
  return { files, warnings };
}

/** What begins a text, what ends it, and what fills rows up. */
function tokenIds({ bos, eos, eot, eom, padding }: TokenRoles['ids']): Json {
  const ends = [...new Set([eos, eot, eom].filter((token) => token !== undefined))];
  return {
    ...(bos !== undefined && { bos_token_id: bos }),
    ...(ends.length > 0 && { eos_token_id: ends.length > 1 ? ends : ends[0] }),
    ...(padding !== undefined && { pad_token_id: padding }),
  };
}
