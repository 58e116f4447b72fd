import {
  openStore,
  type RemainingStages,
  remainingStages,
  type StageSize,
  type StageSpec,
  type StageStore,
  stageDurations,
} from '@ais/workflow';

/** Stages by content, which studies share. A finished stage needs its checkpoints no more. */
export function studyStore(address: string): Promise<StageStore> {
  return openStore({ address, discard: ['checkpoints'] });
}

/**
 * The address of a store in S3 on a server of one's own.
 *
 * @param store `s3://bucket/prefix`
 * @throws {WorkflowError} `invalid-address`
 * @example
 * console.log(await studyStoreAt('s3://studies/paper', 'http://localhost:9000'));
 * // s3://studies/paper?endpoint=http%3A%2F%2Flocalhost%3A9000
 */
export async function studyStoreAt(store: string, endpoint: string): Promise<string> {
  const { withEndpoint } = await import('@ais/workflow/s3');
  return withEndpoint(store, endpoint);
}

/** Whether a file of a finished stage has findings, and not a model, which no report reads. */
export function isFinding(file: string): boolean {
  return !file.endsWith('.safetensors');
}

/** Seconds that stages take: the mean of those in the store that differ in seed, method or β. */
export function expectedSeconds(store: StageStore): Promise<(stage: StageSpec) => number | undefined> {
  return stageDurations(store, stageSize);
}

/** What is left of stages, with how long it takes by the same measure. */
export function stagesLeft(stages: readonly StageSpec[], store: StageStore): Promise<RemainingStages> {
  return remainingStages(stages, store, stageSize);
}

/** Settings that change what comes out of a stage and hardly how long it takes. */
const timeless = new Set(['seed', 'method', 'beta', 'checkpoint', 'finalLogProbs']);

const stageSize: StageSize = ({ settings }) =>
  Object.fromEntries(Object.entries(settings as object).filter(([name]) => !timeless.has(name)));
