import type { PolicyStudyData } from './study-data.js';

/** How texts call the policy that all runs of a study start from, and what policies are compared with. */
export interface StudyWords {
  /** In tables and legends. */
  readonly start: string;
  /** In sentences. */
  readonly startModel: string;
  readonly reference: string;
  readonly references: string;
}

/** The words for a study; one without SFT has a starting model, which may be what policies are compared with. */
export function studyWords({ settings }: Pick<PolicyStudyData, 'settings'>): StudyWords {
  const start = startTitle(settings['corpus.supervised']);
  const startModel = start === 'SFT' ? 'SFT model' : 'starting model';
  const againstStart = settings['evaluation.against'] === 'start';
  return {
    start,
    startModel,
    reference: againstStart ? `${startModel}’s response` : 'reference summary',
    references: againstStart ? `${startModel}’s responses` : 'reference summaries',
  };
}

/**
 * What the policy that all runs start from is called.
 *
 * @param supervised records of SFT
 */
export function startTitle(supervised: unknown): 'SFT' | 'start' {
  return supervised === 0 ? 'start' : 'SFT';
}
