import type { StepContext } from '../context.js';
import { PipelineError } from '../errors.js';
import type { SplitName } from '../settings/command-settings.js';
import { type CorpusExample, examplesOf } from './corpus.js';
import { type CorpusRequest, mostOf } from './corpus-request.js';
import { leftOutRemarks } from './counted-lengths.js';
import type { ModelText } from './model-text.js';
import { prepareCorpus } from './prepare-corpus.js';
import { isPreparedFolder, preparedCorpus } from './prepared-folder.js';
import { readSplits } from './read-splits.js';
import { tooLittleText } from './too-little-text.js';

/** A prompt as text. */
export type TextPrompt = Pick<CorpusExample, 'id' | 'promptText' | 'family'>;

/**
 * The prompts of a split as text, for a model that has a tokenizer of its own: as the source's template renders them, in the
 * order in which every command reads them.
 *
 * @param reader the model whose prompts they are: records are shortened and dropped as for it. Without one, prompts are whole,
 *   but for those of a prepared folder, which are as it has them
 * @throws {PipelineError} `too-little-text`; `invalid-setting` if a record has no prompt
 */
export async function readPrompts(
  request: CorpusRequest,
  split: SplitName,
  reader: ModelText | undefined,
  context: StepContext,
): Promise<TextPrompt[]> {
  const found = reader
    ? examplesOf(await prepareCorpus(request, { model: reader }, context), split)
    : await wholePrompts(request, split, context);
  const silent = found.find(({ promptText }) => promptText.trim() === '');
  if (!silent) return found;
  throw new PipelineError(
    'invalid-setting',
    `${request.source}: record ${silent.id} has no prompt, so there is nothing to answer. Choose a template whose prompt says something (--template).`,
    { key: 'template' },
  );
}

async function wholePrompts(
  request: CorpusRequest,
  split: SplitName,
  { title, signal, onProgress, onWarning }: StepContext,
): Promise<TextPrompt[]> {
  const { source, wanted } = request;
  if (isPreparedFolder(source)) {
    const { content, remarks } = await preparedCorpus(request, undefined);
    for (const remark of remarks) onWarning(`${source}: ${remark}`);
    return examplesOf(content, split);
  }
  const { splits, leftOut } = await readSplits(request, undefined, {
    signal,
    onRecords: (records) =>
      onProgress({ task: title, completed: 0, total: 1, detail: `${records} records read` }),
  });
  const asked = wanted[split] ?? 'all';
  const found = splits[split].slice(0, mostOf(asked));
  if (
    found.length === 0 ||
    (typeof asked === 'object' && 'exactly' in asked && found.length < asked.exactly)
  ) {
    throw tooLittleText(source, split, asked === 'all' ? 1 : mostOf(asked), found.length);
  }
  for (const remark of leftOutRemarks(leftOut)) onWarning(`${source}: ${remark}`);
  return found.map(({ id, prompt, family }) => ({
    id,
    promptText: prompt,
    ...(family !== undefined && { family }),
  }));
}
