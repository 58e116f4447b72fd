import { PipelineError } from '../errors.js';
import type { SplitName } from '../settings/command-settings.js';
import type { LengthCounts } from './counted-lengths.js';

/** The error where a split has fewer records than were asked for; of a source that was just read, with what was dropped. */
export function tooLittleText(
  source: string,
  split: SplitName,
  wanted: number,
  found: number,
  { longPrompts, longResponses }: Pick<LengthCounts, 'longPrompts' | 'longResponses'> = {
    longPrompts: 0,
    longResponses: 0,
  },
): PipelineError {
  const dropped = longPrompts + longResponses;
  const why =
    dropped > 0
      ? ` ${dropped} more are longer than data.maxPromptTokens or data.maxResponseTokens allow.`
      : '';
  return new PipelineError(
    'too-little-text',
    `${source} has ${found} records for the ${split} split, and ${wanted} were asked for.${why} Ask for fewer, or use more text.`,
  );
}
