import type { ChatClient, ChatUsage } from '../chat/chat-client.js';
import { GoldEvalError } from '../errors.js';
import { inParallel } from '../requests/in-parallel.js';
import type { Scorer } from '../scoring/scorer.js';
import { askVerdict, itemName, judgeName, type VerdictOptions } from './ask-verdict.js';
import { promptTemplate } from './prompt-template.js';
import { type ScoreRange, scoreFormat } from './verdict-format.js';

/** Options of `pointwiseJudge`. */
export interface PointwiseJudgeOptions extends VerdictOptions {
  /** Worst and best score; 1 and 10 by default. */
  readonly range?: ScoreRange;
}

/** A scorer that is a language model. */
export interface PointwiseJudge extends Scorer {
  /** What it has asked for so far. */
  usage(): ChatUsage;
}

/** The default prompt of {@link pointwiseJudge}. */
export const POINTWISE_TEMPLATE = `Rate how well a response serves its prompt: whether it is correct, relevant, complete, and clear. Do not favor long responses.

<prompt>
{{prompt}}
</prompt>

<response>
{{response}}
</response>

First give your reasons in one or two sentences. {{format}}`;

/**
 * A language model that gives each response a score of its own.
 *
 * One request per response, answered by reasons and a last line `Score: 7`. Scores are coarse, so that many pairs tie: where
 * only the order of two responses matters, {@link pairwiseJudge} tells them apart better.
 *
 * @throws {GoldEvalError} from `score`: `invalid-verdict` if an answer cannot be read after all attempts, naming the item and
 *   quoting the answer; what the client throws. Answers that came before are in the client's cache.
 * @example
 * const client: ChatClient = {
 *   specificationVersion: 'v1',
 *   name: 'echo',
 *   identity: {},
 *   complete: async ([message]) => [{ text: `Short.\nScore: ${message!.content.length > 600 ? 9 : 3}`, finishReason: 'stop' }],
 *   usage: () => ({ calls: 0, promptTokens: 0, completionTokens: 0, cached: 0 }),
 * };
 * const judge = await pointwiseJudge(client);
 * console.log(await scoreAll(judge, [{ prompt: 'Why?', response: 'Because.' }])); // [ 3 ]
 */
export async function pointwiseJudge(
  client: ChatClient,
  options: PointwiseJudgeOptions = {},
): Promise<PointwiseJudge> {
  const { template = POINTWISE_TEMPLATE, range = [1, 10], concurrency = 8 } = options;
  if (!(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] < range[1])) {
    throw new GoldEvalError(
      'invalid-option',
      `range must rise from a worst to a best score, got ${range.join(', ')}.`,
    );
  }
  const format = scoreFormat(range);
  const render = promptTemplate(template, ['prompt', 'response'], format.instruction);
  const name = await judgeName(client, 'pointwise', options, { template, range });
  return {
    specificationVersion: 'v1',
    name,
    score: (items, { signal, start = 0, onProgress } = {}) =>
      inParallel(
        items,
        concurrency,
        (item, index) => {
          const who = `the judge "${name}", asked about ${itemName('item', start + index, item.prompt)},`;
          return askVerdict(client, render(item), format, { ...options, who, signal });
        },
        onProgress,
      ),
    usage: () => client.usage(),
  };
}
