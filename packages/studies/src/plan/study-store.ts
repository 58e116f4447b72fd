import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  openStore,
  type RemainingStages,
  remainingStages,
  type SizedStage,
  type StageSize,
  type StageSpec,
  type StageStore,
  stageDurations,
} from '@ais/workflow';
import type { Stage } from '../stages/stage-kinds.js';

/** Stages by content, which studies share. A finished stage needs its checkpoints no more. */
export function studyStore(address: string): Promise<StageStore> {
  return openStore({ address, discard: ['checkpoints'] });
}

/**
 * Checks that there can be a store at an address, before anything refers to it.
 *
 * @param address a folder, which need not be there yet, or `s3://bucket/prefix`
 * @throws {WorkflowError} `invalid-address`, `missing-package`
 * @throws the error of the file system where the folder cannot be made or written
 * @example
 * await requireStudyStore('runs/study-store');
 */
export async function requireStudyStore(address: string): Promise<void> {
  await studyStore(address);
  if (/^\w+:\/\//.test(address)) return;
  let place = resolve(address);
  while (!existsSync(place)) place = dirname(place);
  // With a slash behind it, the path of a file is an error instead of a folder that is missing.
  await access(`${place}/`, constants.W_OK);
}

/**
 * The address of a store in S3 on a server of your own.
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

/** Seconds that stages take: the mean of those in the store that differ in seed, method or β, on as much text and with the same models. */
export function expectedSeconds(store: StageStore): Promise<(stage: StageSpec) => number | undefined> {
  return stageDurations(store, stageSize);
}

/** What is left of stages, with how long it takes by the same measure. */
export function stagesLeft(stages: readonly StageSpec[], store: StageStore): Promise<RemainingStages> {
  return remainingStages(stages, store, stageSize);
}

/** Settings that change what comes out of a stage and hardly how long it takes. */
const timeless = new Set(['seed', 'method', 'beta', 'checkpoint', 'finalLogProbs', 'objectiveHash']);

/** A stage's own settings, and of what it rests on the amount of text, its lengths, and the models. */
const stageSize: StageSize = ({ settings, needs }) => {
  const { corpus, policy, base, gold } = needs;
  return {
    own: timed(settings),
    corpus: corpus && textOf(corpus),
    models: [policy, base, gold?.needs['base']].map((stage) => stage && modelOf(stage)),
    judge: gold?.kind,
  };
};

function timed(settings: unknown): object {
  return Object.fromEntries(Object.entries(settings as object).filter(([name]) => !timeless.has(name)));
}

function textOf({ settings }: SizedStage): object {
  const { request, vocabularySize } = settings as Stage<'corpus'>['settings'];
  return { request: timed(request), vocabularySize };
}

function modelOf({ settings }: SizedStage): unknown {
  return (settings as Partial<Stage<'sft'>['settings']>).model;
}
