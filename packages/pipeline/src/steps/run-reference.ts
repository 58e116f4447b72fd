import { join } from 'node:path';
import type { Examples, TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import {
  computeReferenceLogProbs,
  computeReferenceShard,
  type EvaluationContext,
  openReferenceLogProbs,
  type PreferenceOptions,
  type ReferenceLogProbs,
} from '@ais/trainer';
import { fingerprintParameters, type JsonObject, requireSameRun, type Shard } from '@ais/trainer/runs';
import type { RunContext } from '../context.js';
import type { ReferenceSyncSettings } from '../settings/command-settings.js';
import type { Run } from './training-options.js';

/** Pairs, and where the reference's log-probabilities of them are kept; in the run's folder by default. */
export interface ReferencedPairs {
  readonly pairs: Examples<TokenizedPair>;
  readonly referencePath?: string;
}

/** Where a run keeps the reference's log-probabilities. */
export const REFERENCE_FILES = {
  trained: 'reference-log-probs.json',
  heldOut: 'held-out-reference-log-probs.json',
} as const;

/** Log-probabilities, and what ends the work that is left of them. */
export interface RunReference extends Partial<Record<'trained' | 'heldOut', ReferenceLogProbs>> {
  close?(): Promise<void>;
}

/**
 * Checks that a run which is resumed has the settings, the data, and the reference that it was started with, before the reference's pass
 * over the pairs.
 *
 * @param reference undefined where the objective reads none
 * @param data of the run, as its configuration has it
 * @throws {ConfigurationMismatch} naming the first that differs
 */
export async function requireSameStart(
  { directory, resume }: Pick<RunContext, 'directory' | 'resume'>,
  { configuration }: Pick<Run, 'configuration'>,
  reference: CausalLanguageModel | undefined,
  data: () => JsonObject,
): Promise<void> {
  if (!resume) return;
  await requireSameRun(directory, async () => ({
    ...(configuration && { configuration }),
    data: data(),
    ...(reference && { reference: await fingerprintParameters(reference.parameters) }),
  }));
}

/**
 * The reference's log-probabilities of a run's pairs; undefined where the objective reads none, or there are no pairs.
 *
 * Of pairs that are left in a file, because there may be a million, those of a step are computed before it.
 *
 * @param moves whether the reference moves along the run
 */
export async function referenceOfRun(
  reference: CausalLanguageModel | undefined,
  { requires }: Pick<Objective, 'requires'>,
  { trained, heldOut }: { readonly trained: ReferencedPairs; readonly heldOut: ReferencedPairs },
  {
    microBatchSize,
    moves,
    context,
  }: { readonly microBatchSize: number; readonly moves: boolean; readonly context: RunContext },
): Promise<RunReference> {
  const { directory, signal, title, group } = context;
  if (!reference || !requires.reference) return {};
  const computed = ({ pairs, referencePath }: ReferencedPairs, name: string, task: string) =>
    computeReferenceLogProbs(reference, pairs, {
      microBatchSize,
      tokens: requires.tokens ?? false,
      path: referencePath ?? join(directory, name),
      signal,
      ...(group && { group }),
      onProgress: (completed, total) =>
        context.onProgress({ task, completed, total, detail: 'log-probabilities' }),
    });
  const asNeeded =
    !Array.isArray(trained.pairs) && !moves && !group && trained.referencePath === undefined
      ? await openReferenceLogProbs(reference, trained.pairs, {
          microBatchSize,
          tokens: requires.tokens ?? false,
          path: join(directory, REFERENCE_FILES.trained),
          signal,
        })
      : undefined;
  try {
    return {
      ...(asNeeded
        ? { trained: asNeeded, close: asNeeded.close }
        : { trained: await computed(trained, REFERENCE_FILES.trained, `reference of ${title}`) }),
      ...(heldOut.pairs.length > 0 && {
        heldOut: await computed(heldOut, REFERENCE_FILES.heldOut, `held-out reference of ${title}`),
      }),
    };
  } catch (error) {
    await asNeeded?.close();
    throw error;
  }
}

/**
 * One shard's share of what `referenceOfRun` computes, into files beside those in the run's folder, where it finds them.
 *
 * @returns the pairs whose batches belong to the shard
 */
export async function referenceShardOfRun(
  reference: CausalLanguageModel,
  { requires }: Pick<Objective, 'requires'>,
  pairs: Readonly<Record<'trained' | 'heldOut', Examples<TokenizedPair>>>,
  shard: Shard,
  { microBatchSize, context }: { readonly microBatchSize: number; readonly context: RunContext },
): Promise<number> {
  const { directory, signal, title, onProgress } = context;
  let done = 0;
  for (const part of ['trained', 'heldOut'] as const) {
    if (pairs[part].length === 0) continue;
    const task = part === 'trained' ? `reference of ${title}` : `held-out reference of ${title}`;
    done += await computeReferenceShard(reference, pairs[part], {
      microBatchSize,
      shard,
      signal,
      tokens: requires.tokens ?? false,
      path: join(directory, REFERENCE_FILES[part]),
      onProgress: (completed, total) => onProgress({ task, completed, total, detail: 'log-probabilities' }),
    });
  }
  return done;
}

/**
 * The reference's log-probabilities of held-out pairs at an evaluation: those of the run's start, or, once the reference has moved, those
 * of where it is.
 *
 * @param start those of the run's start; undefined where the objective reads none
 * @param sync how the reference moves; it stays where this is undefined
 */
export function heldOutReference(
  reference: CausalLanguageModel | undefined,
  start: ReferenceLogProbs | undefined,
  pairs: Examples<TokenizedPair>,
  sync: ReferenceSyncSettings | undefined,
  microBatchSize: number,
): (at: EvaluationContext) => Promise<ReferenceLogProbs | undefined> {
  const { every = Number.POSITIVE_INFINITY } = sync ?? {};
  return async ({ step, signal }) => {
    if (!reference || !start || step < every) return start;
    return computeReferenceLogProbs(reference, pairs, {
      microBatchSize,
      tokens: start.tokens !== undefined,
      ...(signal && { signal }),
    });
  };
}

/** A reference that moves along the run, as settings ask for it. */
export function syncedReference(
  reference: CausalLanguageModel | undefined,
  { every, mixup }: Partial<ReferenceSyncSettings> = {},
): Pick<PreferenceOptions, 'referenceSync'> {
  if (every === undefined || !reference) return {};
  return { referenceSync: { model: reference, every, ...(mixup !== undefined && { mixup }) } };
}
