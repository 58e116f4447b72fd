import type { Architecture, ModelConfiguration } from '../families/architecture.js';
import type { StoredModel, WeightsFile } from './stored-model.js';
import { storedNames } from './stored-names.js';

/**
 * Whether weights have an output head that is not the embedding, though the configuration says that the two are one. As in
 * `transformers` 5, the head that is stored is then the model's. Many checkpoints store the embedding twice, which is no such
 * head.
 */
export async function hasOwnHead(
  shards: readonly WeightsFile[],
  architecture: Architecture,
  configuration: ModelConfiguration,
): Promise<boolean> {
  const { outputHead } = architecture;
  const names = shards.flatMap(({ entries }) => [...entries.keys()]);
  if (!configuration.tieWordEmbeddings || !names.includes(outputHead)) return false;
  const { tokens } = architecture.embedding(configuration);
  const [head, embedding] = await Promise.all(
    [outputHead, storedNames(names, architecture)(tokens)].map((name) =>
      shards.find(({ entries }) => entries.has(name))?.read(name),
    ),
  );
  return embedding !== undefined && !isSame(embedding, head as Float32Array);
}

/** The same for a stored model, whose files are opened for it. */
export async function storesOwnHead(
  { openWeights }: Pick<StoredModel, 'openWeights'>,
  architecture: Architecture,
  configuration: ModelConfiguration,
): Promise<boolean> {
  if (!configuration.tieWordEmbeddings) return false;
  const shards = await openWeights();
  try {
    return await hasOwnHead(shards, architecture, configuration);
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

/** The configuration of the model that the weights hold: not tied if they have a head of their own. */
export async function withStoredHead<C extends ModelConfiguration>(
  stored: Pick<StoredModel, 'openWeights'>,
  architecture: Architecture,
  declared: C,
): Promise<C> {
  const hasHead = await storesOwnHead(stored, architecture, declared);
  return hasHead ? { ...declared, tieWordEmbeddings: false } : declared;
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
