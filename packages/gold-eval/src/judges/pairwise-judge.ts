import type { ChatClient, ChatUsage } from '../chat/chat-client.js';
import { GoldEvalError } from '../errors.js';
import { inParallel } from '../requests/in-parallel.js';
import type { Outcome, PairText, PairVerdict, PairwiseJudge } from '../scoring/pairwise-judge.js';
import { askVerdict, itemName, judgeName, type VerdictOptions } from './ask-verdict.js';
import { promptTemplate } from './prompt-template.js';
import { pairFormat } from './verdict-format.js';

/** Options of `pairwiseJudge`. */
export interface PairwiseJudgeOptions extends VerdictOptions {
  /** Whether the model may call a tie; true by default. */
  readonly ties?: boolean;
  /**
   * What two verdicts make together that differ between the two orders. `tie` (the default): only the same verdict in both
   * orders decides. `lean`: a win and a tie are a win, a win and a loss are a tie.
   */
  readonly disagreement?: 'tie' | 'lean';
}

/** A pairwise judge that is a language model. */
export interface LanguageModelPairwiseJudge extends PairwiseJudge {
  /** What it has asked for so far. */
  usage(): ChatUsage;
}

const MIRRORED: Readonly<Record<Outcome, Outcome>> = { 1: 0, 0.5: 0.5, 0: 1 };

/** The default prompt of {@link pairwiseJudge}. */
export const PAIRWISE_TEMPLATE = `Decide which of two responses serves the prompt better: which is more correct, relevant, complete, and clear. Do not favor long responses, and ignore the order in which the two are shown.

<prompt>
{{prompt}}
</prompt>

<response-a>
{{a}}
</response-a>

<response-b>
{{b}}
</response-b>

First compare them in one or two sentences. {{format}}`;

/**
 * A language model that compares two responses, asked in both orders.
 *
 * Two requests per pair, each answered by reasons and a last line `Verdict: A`, `Verdict: B`, or `Verdict: tie`. Models favor a
 * position, most often the first: a pair is won only in both orders, and `positionBias` tells how often the order decided. Equal
 * responses are a tie, and are not asked about.
 *
 * @throws {GoldEvalError} from `compare`: `invalid-verdict` if an answer cannot be read after all attempts, naming the pair and
 *   quoting the answer; what the client throws. Answers that came before are in the client's cache.
 * @example
 * const client: ChatClient = {
 *   specificationVersion: 'v1',
 *   name: 'first',
 *   identity: {},
 *   complete: async () => [{ text: 'A came first.\nVerdict: A', finishReason: 'stop' }],
 *   usage: () => ({ calls: 0, promptTokens: 0, completionTokens: 0, cached: 0 }),
 * };
 * const verdicts = await compareAll(await pairwiseJudge(client), [{ prompt: 'Why?', a: 'Because.', b: 'No idea.' }]);
 * console.log(verdicts[0]?.outcome, positionBias(verdicts).rate); // 0.5 1
 */
export async function pairwiseJudge(
  client: ChatClient,
  options: PairwiseJudgeOptions = {},
): Promise<LanguageModelPairwiseJudge> {
  const { template = PAIRWISE_TEMPLATE, ties = true, disagreement = 'tie', concurrency = 8 } = options;
  if (disagreement !== 'tie' && disagreement !== 'lean') {
    throw new GoldEvalError('invalid-option', `disagreement must be tie or lean, got ${disagreement}.`);
  }
  if (typeof ties !== 'boolean') {
    throw new GoldEvalError('invalid-option', `ties must be true or false, got ${JSON.stringify(ties)}.`);
  }
  const format = pairFormat(ties);
  const render = promptTemplate(template, ['prompt', 'a', 'b'], format.instruction);
  const name = await judgeName(client, 'pairwise', options, { template, ties, disagreement });

  async function verdict(
    item: PairText,
    index: number,
    signal: AbortSignal | undefined,
  ): Promise<PairVerdict> {
    if (item.a === item.b) return { outcome: 0.5, aFirst: 0.5, bFirst: 0.5 };
    const who = `the judge "${name}", asked about ${itemName('pair', index, item.prompt)},`;
    const ask = (pair: PairText): Promise<Outcome> =>
      askVerdict(client, render(pair), format, { ...options, who, signal });
    const aFirst = await ask(item);
    const swapped = await ask({ prompt: item.prompt, a: item.b, b: item.a });
    const bFirst = MIRRORED[swapped];
    if (aFirst === bFirst) return { outcome: aFirst, aFirst, bFirst };
    const sum = disagreement === 'lean' ? aFirst + bFirst : 1;
    return { outcome: sum > 1 ? 1 : sum < 1 ? 0 : 0.5, aFirst, bFirst };
  }

  return {
    specificationVersion: 'v1',
    name,
    compare: (items, { signal, start = 0, onProgress } = {}) =>
      inParallel(items, concurrency, (item, index) => verdict(item, start + index, signal), onProgress),
    usage: () => client.usage(),
  };
}
