import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataError, oracleScore, type Tokenizer } from '@ais/data';
import { functionScorer, httpScorer, type ScoredText, type Scorer } from '@ais/gold-eval';
import { loadRewardModel, locateModel, type PromptResponse } from '@ais/language-model';
import { rewardModelScorer } from '@ais/trainer';
import { ConfigurationError } from './configuration-error.js';

/** A scorer and what it holds on to. */
export interface OpenScorer {
  readonly scorer: Scorer<PromptResponse>;
  dispose(): void;
}

/** How a scorer of text reads tokens: the prompt is the one that the policy saw. */
export interface ScorerContext {
  text(item: PromptResponse): ScoredText;
}

/** The context of responses that are known as tokens alone. */
export function tokenContext(tokenizer: Tokenizer): ScorerContext {
  return {
    text: ({ prompt, response }) => ({
      prompt: tokenizer.decode(prompt),
      response: tokenizer.decode(response.filter((token) => token !== tokenizer.endOfTextToken)),
    }),
  };
}

/**
 * Opens the judge that a setting names: a reward model, `oracle` (synthetic text only), the address of a judge that
 * `httpScorer` asks, or `./plugin.js`, a module whose default export is a `Scorer` of texts.
 *
 * @throws {ConfigurationError} where there is no such judge
 */
export async function openScorer(name: string, context: ScorerContext): Promise<OpenScorer> {
  if (name === 'oracle') {
    const scorer = functionScorer('oracle', (item: PromptResponse) => {
      const { prompt, response } = context.text(item);
      try {
        return oracleScore({ prompt }, response.trim());
      } catch (error) {
        if (!(error instanceof DataError) || error.code !== 'no-facts') throw error;
        throw new ConfigurationError('scorer', 'oracle', 'it judges prompts of the synthetic source only.');
      }
    });
    return { scorer, dispose: () => {} };
  }
  if (['.js', '.mjs'].includes(extname(name)) && existsSync(name)) {
    const module = (await import(pathToFileURL(resolve(name)).href)) as {
      readonly default?: Scorer<ScoredText>;
    };
    const plugin = module.default;
    if (plugin?.specificationVersion !== 'v1' || typeof plugin.score !== 'function') {
      throw new ConfigurationError(
        'scorer',
        name,
        'its default export is no scorer (specificationVersion "v1").',
      );
    }
    return { scorer: scorerOfTokens(plugin, context), dispose: () => {} };
  }
  if (/^https?:\/\//.test(name)) {
    return { scorer: scorerOfTokens(httpScorer(name, name), context), dispose: () => {} };
  }
  const model = await loadRewardModel(await locateModel(name));
  return { scorer: await rewardModelScorer(model), dispose: () => model.dispose() };
}

/** A scorer of texts that is given tokens. */
function scorerOfTokens(
  scorer: Scorer<ScoredText>,
  context: Pick<ScorerContext, 'text'>,
): Scorer<PromptResponse> {
  return {
    specificationVersion: 'v1',
    name: scorer.name,
    score: (items, options) => scorer.score(items.map(context.text), options),
  };
}
