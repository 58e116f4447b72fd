import { type Examples, firstExamples } from '@ais/data';
import type { JudgeAgreement } from '@ais/gold-eval';
import {
  agreementWithLabels,
  type Corpus,
  examplesOf,
  type JudgedPair,
  openCorpus,
  pairsOfCorpus,
  readPairs,
  reportUsage,
  tryJudge,
} from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import { withFiles } from './content-names.js';
import { keepJudge, type LanguageModelQuestions, openForeignJudge } from './judge-folder.js';
import { remarkedStep } from './step-context.js';

export interface JudgeStageSettings {
  /** As `openScorer` of @ais/pipeline takes it; a module's file or a model's folder by its content. */
  readonly judge: string;
  /** Of a package: SHA-256 of its code. */
  readonly judgeHash?: string | undefined;
  /** How a language model judges. */
  readonly asked?: LanguageModelQuestions | undefined;
  /** Labels that it is compared with; of the synthetic source, by default, the oracle's. */
  readonly labels?: StageLabels | undefined;
}

interface StageLabels {
  /** The name of a source of pairs; of a file or a folder by its content. */
  readonly pairs: string;
  /** `chat` takes plain text for messages, as the study's source. */
  readonly template?: 'chat' | undefined;
  readonly limit: number;
  readonly maxPromptTokens: number;
  readonly maxResponseTokens: number;
}

export interface JudgeStageSummary {
  /** What the judge calls itself. */
  readonly name: string;
  /** How far it agrees with labels, and whose they are; absent where there are none. */
  readonly agreement?: JudgeAgreement & { readonly labels: string };
  /** What it was asked for, in words. */
  readonly remarks?: readonly string[];
}

/** Pairs that the oracle labels, at most. */
const ORACLE_PAIRS = 128;

/**
 * Uses an external judge in place of the gold model: tries it on a few responses, so that one that does not
 * answer, or answers twice in different ways, is noticed before anything is trained; and compares it with labels.
 */
export async function adoptJudge(
  settings: JudgeStageSettings,
  inputs: Readonly<Record<'corpus', string>>,
  context: StageContext,
): Promise<JudgeStageSummary> {
  const { judge: name, asked } = settings;
  const { step, remarks } = remarkedStep(context);
  const corpus = await openCorpus(inputs.corpus);
  const opened = await openForeignJudge({ name, asked }, corpus, context.hints);
  const { scorer, dispose } = opened;
  try {
    await tryJudge(scorer, examplesOf(corpus, 'evaluation'), step);
    const { labels, pairs, limit } = await labeledPairs(
      withFiles(settings.labels, context.hints),
      corpus,
      step.onWarning,
    );
    const agreement = await agreementWithLabels(scorer, pairs, limit, step);
    reportUsage(scorer.name, opened, step);
    await keepJudge(context.directory, { name, identity: scorer.name, ...(asked && { asked }) });
    return { name: scorer.name, ...(agreement && { agreement: { ...agreement, labels } }), remarks };
  } finally {
    dispose();
  }
}

async function labeledPairs(
  labels: StageLabels | undefined,
  corpus: Corpus,
  onWarning: (message: string) => void,
): Promise<{ readonly labels: string; readonly pairs: Examples<JudgedPair>; readonly limit: number }> {
  if (labels) {
    const { template, limit, maxPromptTokens, maxResponseTokens } = labels;
    const { pairs } = await readPairs(labels.pairs, corpus, {
      lengths: { maxPromptTokens, maxResponseTokens, longPrompts: 'drop', longResponses: 'cut' },
      template,
      retokenize: false,
      logProbs: false,
      onWarning,
    });
    return { labels: labels.pairs, pairs, limit };
  }
  const examples = corpus.source === 'synthetic' ? corpus.splits.reward : [];
  const pairs = pairsOfCorpus([...firstExamples(examples, ORACLE_PAIRS + 1)], corpus.source);
  return { labels: 'oracle', pairs, limit: ORACLE_PAIRS };
}
