import type { StudyRun } from './study-data.js';

/** What a run is called: its method, with what tells it from others of that method. */
export function runTitle({
  method,
  beta,
  data,
}: Pick<StudyRun, 'beta' | 'data'> & { readonly method: { readonly title: string } }): string {
  return `${method.title}, β = ${beta}${data === 'D1' ? '' : `, ${data}`}`;
}
