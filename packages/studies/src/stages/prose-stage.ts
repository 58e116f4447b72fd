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
import { computeReferenceLogProbs, type ReferenceLogProbsOptions } from '@ais/trainer';
import type { StageContext } from '@ais/workflow';

export interface ProseStageSettings {
  /** Pairs of a response and a reference in memory at once. */
  readonly microBatchSize: number;
}

export interface ProseSummary {
  /** At the end of the run. */
  readonly winRate: number;
}

/** What the rule says of the end of a run. */
export interface ProseVerdicts {
  readonly step: number;
  readonly winRate: WinRate;
  /** 1, ½ (tie), or 0 for each prompt, in order, against the reference response. */
  readonly outcomes: readonly number[];
  /** The rule's score of each response, in the same order: by these, two runs are compared with each other. */
  readonly scores: readonly number[];
}

/**
 * Judges the last responses of a finished run by a rule that nonsense cannot please (`proseScore`), beside the judge of the run.
 *
 * @param inputs `run` has the evaluations; `base` the model that says how likely a text is, which the run neither trains nor starts from
 */
export async function judgeProse(
  { microBatchSize }: ProseStageSettings,
  inputs: Readonly<Record<'run' | 'corpus' | 'base', string>>,
  { directory, title, signal, progress }: StageContext,
): Promise<ProseSummary> {
  const corpus = await openCorpus(inputs.corpus);
  const last = (await readEvaluations(inputs.run)).at(-1);
  if (!last) throw new Error(`${inputs.run} has no evaluations.`);
  const model = await loadPretrained(join(inputs.base, 'model'));
  try {
    const onProgress = (completed: number, total: number): void =>
      progress({ task: title, completed, total });
    const { responses, references } = await measured(model, corpus, last, {
      microBatchSize,
      signal,
      onProgress,
    });
    const typical = typicalProse(references);
    const score = (items: readonly ProseResponse[]) => items.map((item) => proseScore(item, typical));
    const scores = score(responses);
    const outcomes = pairOutcomes(scores, score(references));
    const verdicts: ProseVerdicts = {
      step: last.step,
      winRate: winRateOfOutcomes(outcomes),
      outcomes,
      // Four digits after the point: a rule of thumb has fewer.
      scores: scores.map((value) => Math.round(value * 1e4) / 1e4),
    };
    await writeJson(join(directory, VERDICTS), verdicts);
    return { winRate: verdicts.winRate.rate };
  } finally {
    model.dispose();
  }
}

const VERDICTS = 'verdicts.json';

/** What {@link judgeProse} left in its folder. */
export function readProseVerdicts(directory: string): Promise<ProseVerdicts | undefined> {
  return readJson<ProseVerdicts>(join(directory, VERDICTS));
}

/** The responses of an evaluation and the references beside them, with their log-probabilities. */
async function measured(
  model: CausalLanguageModel,
  corpus: Corpus,
  { responses }: RecordedEvaluation,
  options: Pick<ReferenceLogProbsOptions, 'microBatchSize' | 'signal' | 'onProgress'>,
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
