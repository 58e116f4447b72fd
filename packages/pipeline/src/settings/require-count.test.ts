import { functionScorer } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import { expect, it } from 'vitest';
import { estimateRun } from '../commands/estimate-run.js';
import { openChat } from '../commands/open-chat.js';
import { runEvaluate, runEvaluateShard } from '../commands/run-evaluate.js';
import { runGenerate, runGenerateShard } from '../commands/run-generate.js';
import { runLabel, runLabelShard } from '../commands/run-label.js';
import { runReferenceShard } from '../commands/run-reference-shard.js';
import { runReward } from '../commands/run-reward.js';
import { runSft } from '../commands/run-sft.js';
import { runTrain } from '../commands/run-train.js';
import { runContext, stepContext } from '../context.js';
import { type Corpus, type CorpusExample, examplesOf } from '../corpus/corpus.js';
import { corpusRequest } from '../corpus/corpus-request.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import { splitPairs } from '../pairs/split-pairs.js';
import { evaluationsAlong } from '../steps/recorded-evaluations.js';
import { evaluationSteps, runSteps } from '../steps/training-options.js';
import { agreementWithLabels } from '../steps/trusted-judge.js';
import { type CommandName, commandNames, type Settings } from './command-settings.js';
import { readSettings } from './read-settings.js';

const noCounts = [Number.NaN, 0.5, -1];
const example = { id: 'a', prompt: [1], response: [2, 0] };
const corpus = { source: 'none', splits: { evaluation: [example] } } as unknown as Corpus;
const share = { index: 1, count: 2 };

it.each(noCounts)('no step takes %s for a number of things', async (value) => {
  const settings = await readSettings('sft', { flags: { preset: 'tiny' } });
  const { data } = settings;
  const pairs = [{ prompt: [1], chosen: [2], rejected: [3] }];
  const judge = functionScorer<PromptResponse>('none', () => 0);
  const splits = { supervised: 4, evaluation: 'all' } as const;
  const request = corpusRequest({ source: 'synthetic', data }, splits, 'tiny');
  const prepared = (wrong: object) =>
    prepareCorpus({ ...request, ...wrong }, { vocabularySize: 300 }, stepContext());
  const plan = { evaluator: { evaluate: expect.fail }, text: () => '', directory: 'never-written' };
  const along = (wrong: object) =>
    evaluationsAlong(
      {} as CausalLanguageModel,
      { ...plan, examples: [example as CorpusExample], steps: 4, points: 2, ...wrong },
      stepContext(),
    );
  const refused: Record<string, () => unknown> = {
    limit: () => agreementWithLabels(judge, pairs, value, stepContext()),
    evaluation: () => corpusRequest({ source: 'synthetic', data }, { evaluation: value }, 'tiny'),
    'wanted.supervised': () => prepared({ wanted: { supervised: { atMost: value } } }),
    'wanted.evaluation': () => prepared({ wanted: { evaluation: { exactly: value } } }),
    heldOut: () => prepared({ heldOut: value }),
    count: () => examplesOf(corpus, 'evaluation', value),
    responses: () => estimateRun(settings, { responses: value, otherModels: 0 }),
    otherModels: () => estimateRun(settings, { responses: 1, otherModels: value }),
    steps: () => evaluationSteps(value, 4),
    points: () => along({ points: value }),
    prompts: () => along({ prompts: value }),
  };
  for (const [key, call] of Object.entries(refused)) {
    await expect((async () => call())(), key).rejects.toMatchObject({
      code: 'invalid-setting',
      key,
      message: expect.stringMatching(`${key} must be an integer ≥ [01], got ${value}`),
    });
  }
  expect(() => runSteps({ steps: value, batchSize: 2 }, 4)).toThrow(/steps must be an integer ≥ 1/);
});

it.each([Number.NaN, -0.1, 1.5])('no %s of the pairs is held out', (wrong) => {
  expect(() => splitPairs({ pairs: [] }, wrong, 1)).toThrow(
    expect.objectContaining({ code: 'invalid-setting', key: 'share' }),
  );
});

it('no command takes a setting that a settings file could not have', async () => {
  const flags: Record<CommandName, object> = {
    sft: { preset: 'tiny' },
    reward: { preset: 'tiny' },
    train: { preset: 'tiny', model: 'none' },
    generate: { model: 'none', source: 'synthetic' },
    label: { responses: 'none', scorer: 'oracle' },
    evaluate: { model: 'none', source: 'synthetic', prompts: 4, klPrompts: 0 },
    chat: { model: 'none' },
  };
  const settings = Object.fromEntries(
    await Promise.all(
      commandNames.map(async (command) => [
        command,
        await readSettings(command, { flags: flags[command] as Record<string, unknown> }),
      ]),
    ),
  ) as { [Command in CommandName]: Settings<Command> };
  const { sft, reward, train, generate, label, evaluate, chat } = settings;
  const [run, step] = [runContext('never-written'), stepContext()];
  const calls: readonly (readonly [string, () => Promise<unknown>])[] = noCounts.flatMap((value) => [
    ['evaluation.prompts', () => runSft({ ...sft, evaluation: { ...sft.evaluation, prompts: value } }, run)],
    ['validationPoints', () => runReward({ ...reward, validationPoints: value }, run)],
    ['samples', () => runTrain({ ...train, samples: value }, run)],
    [
      'evaluation.klPrompts',
      () =>
        runReferenceShard({ ...train, evaluation: { ...train.evaluation, klPrompts: value } }, share, run),
    ],
    ['samples', () => runGenerate({ ...generate, samples: value }, 'never-written', step)],
    ['prompts', () => runGenerateShard({ ...generate, prompts: value }, 'never-written', share, step)],
    ['batchSize', () => runLabel({ ...label, batchSize: value }, 'never-written', step)],
    ['batchSize', () => runLabelShard({ ...label, batchSize: value }, 'never-written', share, step)],
    ['klPrompts', () => runEvaluate({ ...evaluate, klPrompts: value }, step)],
    ['prompts', () => runEvaluateShard({ ...evaluate, prompts: value }, 'never-written', share, step)],
    ['maxNewTokens', () => openChat({ ...chat, maxNewTokens: value })],
  ]);
  for (const [key, call] of calls) {
    await expect(call(), `${call}`).rejects.toMatchObject({ code: 'invalid-setting', key });
  }
});
