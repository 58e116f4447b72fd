import { join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import {
  type ProseResponse,
  pairOutcomes,
  proseScore,
  typicalProse,
  type WinRate,
  winRateOfOutcomes,
} from '@ais/gold-eval';
import { type CausalLanguageModel, loadPretrained } from '@ais/language-model';
import { type Corpus, examplesOf, openCorpus, type RecordedEvaluation, readEvaluations } from '@ais/pipeline';
import { readJson, writeJson } from '@ais/runtime/files';
import { computeReferenceLogProbs } from '@ais/trainer';
import type { StageContext } from '@ais/workflow';

export interface ProseStageSettings {
  /** Pairs of a response and a reference in memory at once. */
  readonly microBatchSize: number;
}

export interface ProseSummary {
  /** At the end of the run. */
  readonly winRate: number;
}

/** What the rule says of an evaluation of a run. */
export interface ProseVerdicts {
  readonly step: number;
  readonly winRate: WinRate;
  /** 1, ½ (tie), or 0 for each prompt, in order. */
  readonly outcomes: readonly number[];
}

/**
 * Judges the responses of a finished run by a rule that nonsense cannot please (`proseScore`), beside the judge of the run.
 *
 * @param inputs `run` has the evaluations; `base` the model that says how likely a text is, which the run neither trains nor starts from
 */
export async function judgeProse(
  { microBatchSize }: ProseStageSettings,
  inputs: Readonly<Record<'run' | 'corpus' | 'base', string>>,
  { directory, title, signal, progress }: StageContext,
): Promise<ProseSummary> {
  const corpus = await openCorpus(inputs.corpus);
  const evaluations = await readEvaluations(inputs.run);
  const model = await loadPretrained(join(inputs.base, 'model'));
  try {
    const verdicts: ProseVerdicts[] = [];
    for (const [index, evaluation] of evaluations.entries()) {
      const { responses, references } = await measured(model, corpus, evaluation, { microBatchSize, signal });
      const typical = typicalProse(references);
      const score = (items: readonly ProseResponse[]) => items.map((item) => proseScore(item, typical));
      const outcomes = pairOutcomes(score(responses), score(references));
      verdicts.push({ step: evaluation.step, winRate: winRateOfOutcomes(outcomes), outcomes });
      progress({ task: title, completed: index + 1, total: evaluations.length });
    }
    await writeJson(join(directory, VERDICTS), verdicts);
    return { winRate: verdicts.at(-1)?.winRate.rate ?? Number.NaN };
  } finally {
    model.dispose();
  }
}

const VERDICTS = 'verdicts.json';

/** What {@link judgeProse} left in its folder. */
export async function readProseVerdicts(directory: string): Promise<readonly ProseVerdicts[]> {
  return (await readJson<ProseVerdicts[]>(join(directory, VERDICTS))) ?? [];
}

/** The responses of an evaluation and the references beside them, with their log-probabilities. */
async function measured(
  model: CausalLanguageModel,
  corpus: Corpus,
  { responses }: RecordedEvaluation,
  options: { readonly microBatchSize: number; readonly signal: AbortSignal },
): Promise<{ readonly responses: ProseResponse[]; readonly references: ProseResponse[] }> {
  const { tokenizer } = corpus;
  const examples = new Map(examplesOf(corpus, 'evaluation').map((example) => [example.id, example]));
  const pairs = responses.map(({ id, text, finished, length }): TokenizedPair => {
    const { prompt = [], response: reference = [], responseText = '' } = examples.get(id) ?? {};
    // Texts are recorded without the space that many begin with. Nonsense may take more tokens than it was written with.
    const own = tokenizer
      .encode(`${responseText.startsWith(' ') ? ' ' : ''}${text}`)
      .slice(0, finished ? length - 1 : length);
    const chosen = finished || own.length === 0 ? [...own, tokenizer.endOfTextToken] : [...own];
    return { id, prompt: [...prompt], chosen, rejected: [...reference] };
  });
  const { chosen, rejected } = await computeReferenceLogProbs(model, pairs, options);
  const prose = (index: number, response: string, logProb: number, tokens: number): ProseResponse => ({
    source: responses[index]?.prompt ?? '',
    response,
    logProbPerToken: logProb / tokens,
  });
  return {
    responses: pairs.map((pair, index) =>
      prose(index, responses[index]?.text ?? '', chosen[index] ?? Number.NaN, pair.chosen.length),
    ),
    references: pairs.map((pair, index) =>
      prose(index, responses[index]?.reference ?? '', rejected[index] ?? Number.NaN, pair.rejected.length),
    ),
  };
}
