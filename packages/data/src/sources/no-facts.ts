import { DataError } from '../errors.js';
import { excerpt } from '../records/excerpt.js';

/**
 * The error for a prompt that states no facts, which is named by its record, or else by how it begins.
 *
 * @param source the name of the source whose prompts have facts
 */
export function noFacts(
  { id, prompt }: { readonly id?: string | undefined; readonly prompt: string },
  source: string,
): DataError {
  const named = id === undefined ? `The prompt ${excerpt(prompt.trim())}` : `Record ${id}: the prompt`;
  return new DataError(
    'no-facts',
    `${named} is not one of the source "${source}", so its facts are unknown. Judge other prompts with another scorer, such as a reward model.`,
    { place: { ...(id !== undefined && { record: id }), field: 'prompt' } },
  );
}
