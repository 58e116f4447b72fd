import type { StudyRun } from './study-data.js';

/** What a run is called: its method, with what tells it from others of that method. */
export function runTitle({ method, beta, data }: Pick<StudyRun, 'method' | 'beta' | 'data'>): string {
  return `${method.title}, β = ${beta}${data === 'D1' ? '' : `, ${data}`}`;
}
