import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import type { Objective } from '@ais/objectives';
import { computeReferenceLogProbs, type PreferenceOptions, type ReferenceLogProbs } from '@ais/trainer';
import type { RunContext } from '../context.js';
import type { ReferenceSyncSettings } from '../settings/command-settings.js';

/** Pairs, and where the reference's log-probabilities of them are kept; in the run's folder by default. */
export interface ReferencedPairs {
  readonly pairs: readonly TokenizedPair[];
  readonly referencePath?: string;
}

/** The reference's log-probabilities of a run's pairs; undefined where the objective reads none, or there are no pairs. */
export async function referenceOfRun(
  reference: CausalLanguageModel | undefined,
  { requires }: Pick<Objective, 'requires'>,
  { trained, heldOut }: { readonly trained: ReferencedPairs; readonly heldOut: ReferencedPairs },
  { microBatchSize, context }: { readonly microBatchSize: number; readonly context: RunContext },
): Promise<Partial<Record<'trained' | 'heldOut', ReferenceLogProbs>>> {
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
  return {
    trained: await computed(trained, 'reference-log-probs.json', `reference of ${title}`),
    ...(heldOut.pairs.length > 0 && {
      heldOut: await computed(heldOut, 'held-out-reference-log-probs.json', `held-out reference of ${title}`),
    }),
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
