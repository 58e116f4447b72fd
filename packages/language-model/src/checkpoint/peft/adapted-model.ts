import { CheckpointError, shown } from '../../errors.js';
import type { Architecture, ModelConfiguration } from '../../families/architecture.js';
import { SCORE_HEAD } from '../../families/model-plan.js';
import { diskFolder } from '../../files/disk.js';
import { declaredConfiguration } from '../checkpoint.js';
import { readCompanionFiles } from '../companion-files.js';
import { storesOwnHead } from '../own-head.js';
import type { StoredModel, WeightsFile } from '../stored-model.js';
import { storedNames } from '../stored-names.js';
import { adaptedCompanions } from './adapted-companions.js';
import { type AdapterWeights, type Factors, openAdapterWeights } from './adapter-weights.js';
import type { StoredAdapter } from './find-adapter.js';

/** A parameter as the base model stores it. */
interface Place {
  readonly stored: string;
  /** As it is in the file. */
  readonly shape: readonly number[];
  /** Whether the file has the matrix as [in, out]. */
  readonly transposed: boolean;
}

/** What becomes of a stored tensor. */
type Change = (values: () => Promise<Float32Array>) => Promise<Float32Array>;

/**
 * A base model with an adapter: the same as a folder with the merged model, W + s·B·A for each adapted matrix. The
 * adapter's tokenizer, where it has one, comes before the base's.
 *
 * @throws {CheckpointError} as reading the adapter does; `openWeights` throws `adapter-mismatch` where the adapter does not
 *   fit the base
 */
export async function adaptedModel(
  base: StoredModel,
  adapter: StoredAdapter,
  architectures?: readonly Architecture[],
): Promise<StoredModel> {
  const { folder, configuration } = adapter;
  const declared = declaredConfiguration(base.configuration, architectures);
  const { architecture, file } = declared;
  const hasHead =
    !configuration.isReward && (await storesOwnHead(base, architecture, declared.configuration));
  const json = hasHead ? { ...declared.json, tie_word_embeddings: false } : declared.json;
  const own = await readCompanionFiles(diskFolder(folder));
  const reward = { architectures: [architecture.architectures.score] };
  return {
    place: folder,
    path: base.path,
    configuration: { file, json: { ...json, ...(configuration.isReward && reward) } },
    companions: { directory: folder, files: adaptedCompanions(base.companions.files, own.files) },
    warnings: base.warnings,
    adapters: [...base.adapters, adapter.file],
    async openWeights() {
      const model = architecture.read(json, file);
      const shards = await base.openWeights();
      try {
        const weights = await openAdapterWeights(diskFolder(folder), configuration);
        const adapted = { architecture, model, isReward: configuration.isReward, base, weights };
        try {
          return await adaptedShards(shards, adapted);
        } catch (error) {
          await weights.close();
          throw error;
        }
      } catch (error) {
        await Promise.all(shards.map((shard) => shard.close()));
        throw error;
      }
    },
  };
}

interface Adapted {
  readonly architecture: Architecture;
  readonly model: ModelConfiguration;
  readonly isReward: boolean;
  readonly base: StoredModel;
  readonly weights: AdapterWeights;
}

async function adaptedShards(shards: readonly WeightsFile[], adapted: Adapted): Promise<WeightsFile[]> {
  const { architecture, isReward, weights } = adapted;
  const places = placesOf(shards, adapted);
  const changes = await changesOf(places, adapted);
  const dropped = isReward && !places.has(SCORE_HEAD) ? architecture.outputHead : undefined;
  const changed = shards.map((shard): WeightsFile => {
    const entries = new Map([...shard.entries].filter(([name]) => name !== dropped));
    return {
      path: shard.path,
      entries,
      async read(tensor) {
        const values = (): Promise<Float32Array> => shard.read(tensor);
        return changes.get(tensor)?.(values) ?? values();
      },
      close: shard.close,
    };
  });
  // What the adapter adds: the head of a reward model. Its file is closed with the base's.
  const head = places.has(SCORE_HEAD) ? undefined : weights.whole.get(SCORE_HEAD);
  const added: WeightsFile = {
    path: weights.path,
    entries: new Map(head === undefined ? [] : [[SCORE_HEAD, { shape: head.shape }]]),
    read: () => weights.read(head?.tensor ?? SCORE_HEAD),
    close: weights.close,
  };
  return [...changed, added];
}

/** Where the base has its parameters, by name. It ends at the first that is missing; reading the model says so. */
function placesOf(
  shards: readonly WeightsFile[],
  { architecture, model }: Adapted,
): ReadonlyMap<string, Place> {
  const entries = new Map(
    shards.flatMap((shard) => Array.from(shard.entries, ([name, { shape }]) => [name, shape] as const)),
  );
  const stored = storedNames(entries.keys(), architecture);
  const places = new Map<string, Place>();
  for (const { name, transposed = false } of architecture.parameters(model)) {
    const shape = entries.get(stored(name));
    if (shape === undefined) break;
    places.set(name, { stored: stored(name), shape, transposed });
  }
  for (const name of [...(model.tieWordEmbeddings ? [] : [architecture.outputHead]), SCORE_HEAD]) {
    const shape = entries.get(name);
    if (shape !== undefined) places.set(name, { stored: name, shape, transposed: false });
  }
  return places;
}

async function changesOf(
  places: ReadonlyMap<string, Place>,
  { architecture, model, isReward, base, weights }: Adapted,
): Promise<ReadonlyMap<string, Change>> {
  // `transformers` calls GPT-NeoX's output head embed_out in files, and lm_head in memory, where PEFT finds its names.
  const parameterNamed = (name: string): string =>
    name === 'lm_head.weight' ? architecture.outputHead : name;
  const changes = new Map<string, Change>();
  const differences: string[] = [];
  const untied: string[] = [];
  // What the adapter stores instead of the one matrix that embedding and head are.
  const tied: string[] = [];
  const differs = (name: string, expected: readonly number[], place: Place | undefined): boolean => {
    if (place !== undefined && String(expected) === String(place.shape)) return false;
    const found = place === undefined ? 'the base has none' : `the base has ${shown(place.shape)}`;
    differences.push(`${name} of ${shown(expected)} (${found})`);
    return true;
  };
  const isTied = (parameter: string): boolean =>
    model.tieWordEmbeddings &&
    !isReward &&
    [architecture.outputHead, architecture.embedding(model).tokens].includes(parameter);
  for (const [module, factors] of weights.factors) {
    const { rows, columns } = factors;
    const name = `${module}.weight`;
    const parameter = parameterNamed(name);
    if (isTied(parameter)) {
      untied.push(factors.down);
      continue;
    }
    const place = places.get(parameter);
    if (differs(module, place?.transposed ? [columns, rows] : [rows, columns], place)) continue;
    const { stored, transposed } = place as Place;
    // PEFT stores the matrix of an adapted head too, so that the factors are added to that one.
    const whole = weights.whole.get(name);
    changes.set(stored, async (values) =>
      merged(await (whole ? weights.read(whole.tensor) : values()), factors, transposed, weights),
    );
  }
  for (const [name, { tensor, shape }] of weights.whole) {
    const parameter = parameterNamed(name);
    if (isTied(parameter)) tied.push(tensor);
    if (isTied(parameter) && parameter === architecture.outputHead) continue;
    const place = places.get(parameter);
    if (name === SCORE_HEAD && isReward && place === undefined) continue;
    if (differs(name, shape, place)) continue;
    const { stored } = place as Place;
    if (!changes.has(stored)) changes.set(stored, () => weights.read(tensor));
  }
  if (differences.length > 0) {
    const more = differences.length > 3 ? `, and ${differences.length - 3} more` : '';
    throw new CheckpointError(
      'adapter-mismatch',
      `the adapter does not fit the base model ${base.place}: it was trained on another. It is for ` +
        `${differences.slice(0, 3).join(', ')}${more}. Give the base that it was trained on.`,
      { file: weights.path },
    );
  }
  // PEFT stores a matrix that stays tied under both names.
  if (tied.length > 0 && !(await areOne(tied, weights))) untied.push(...tied);
  if (untied[0] !== undefined) {
    throw new CheckpointError(
      'unsupported-adapter',
      'it would untie the output head from the embedding, which the base model has as one.',
      { file: weights.path, tensor: untied[0] },
    );
  }
  return changes;
}

/** Whether two tensors are there, and the same bit for bit. */
async function areOne([first, second]: readonly string[], { read }: AdapterWeights): Promise<boolean> {
  if (first === undefined || second === undefined) return false;
  const [a, b] = [await read(first), await read(second)];
  return a.length === b.length && a.every((value, index) => Object.is(value, b[index]));
}

/** W + s·B·A, row by row of W as [rows, columns]; the sum in float64, rounded once. */
async function merged(
  values: Float32Array,
  { down, up, rank, rows, columns, scale }: Factors,
  transposed: boolean,
  { read }: AdapterWeights,
): Promise<Float32Array> {
  const [a, b] = await Promise.all([read(down), read(up)]);
  const [rowStride, columnStride] = transposed ? [1, rows] : [columns, 1];
  const sum = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sum.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * (b[row * rank + r] as number);
      for (let column = 0; column < columns; column++) {
        sum[column] = (sum[column] as number) + factor * (a[r * columns + column] as number);
      }
    }
    for (let column = 0; column < columns; column++) {
      const at = row * rowStride + column * columnStride;
      values[at] = (values[at] as number) + (sum[column] as number);
    }
  }
  return values;
}
