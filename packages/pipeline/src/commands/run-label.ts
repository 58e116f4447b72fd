import { rm } from 'node:fs/promises';
import { compareAll, isPairwise, labelPairs, type Outcome, scoreAll, verifyJudge } from '@ais/gold-eval';
import { writeJsonLines } from '@ais/runtime/files';
import {
  fingerprintExamples,
  isOfShard,
  openPartialWork,
  openShard,
  type PartialWork,
  partialPath,
  type Shard,
  shardPath,
} from '@ais/trainer/runs';
import type { FileContext } from '../context.js';
import { type GeneratedResponse, ownerOf, readGenerated } from '../corpus/generated-responses.js';
import { PipelineError } from '../errors.js';
import { type OpenScorer, openScorerOfResponses } from '../registries/scorers.js';
import type { Settings } from '../settings/command-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { reportUsage, requireScores } from '../steps/trusted-judge.js';
import { explainChange } from './changed-inputs.js';
import type { ShardOutcome } from './run-generate.js';
import { inputsOf } from './stored-settings.js';

/** What `runLabel` wrote, and what it left out. */
export interface LabelOutcome {
  readonly path: string;
  readonly prompts: number;
  readonly pairs: number;
  /** Prompts left out because both responses have the same tokens, or, without tokens, the same text. */
  readonly identical: number;
  /** Prompts left out because both responses have the same score, or nearly. */
  readonly tied: number;
  /** Labels that noise flipped. */
  readonly flipped: number;
  /** Mean score of the chosen response minus that of the rejected one. */
  readonly meanMargin: number;
}

/**
 * `ais label`: preference pairs from what `ais generate` wrote, two samples per prompt, ordered by a judge. The score of a
 * judge that compares is 1 for the better response, 0 for the worse one, and ½ for each of two that tie.
 *
 * Scores are kept in `<path>.partial` as they come in, so a call with `resume: true` continues an interrupted one.
 *
 * @param settings as `readSettings('label', …)` gives them
 * @param path of the file, JSON Lines; `readPairs` reads it
 * @returns how many prompts and pairs there are, what was left out, and the mean margin in units of the judge's scores
 * @throws {PipelineError} `invalid-setting` if a prompt has other than two responses; `another-tokenizer`
 * @example
 * const settings = await readSettings('label', { flags: { responses: 'responses.jsonl', scorer: 'oracle' } });
 * const { prompts, pairs, identical, tied } = await runLabel(settings, 'pairs.jsonl', stepContext());
 * console.log(prompts, pairs + identical + tied); // 16 16
 */
export async function runLabel(
  settings: Settings<'label'>,
  path: string,
  context: FileContext,
): Promise<LabelOutcome> {
  const { rule, temperature, noise, ties, tieTolerance, seed } = settings;
  return withJudge(settings, path, context, async (opened, lines, couples) => {
    const scored = await scoredCouples(settings, opened.scorer, lines, couples, path, context);
    const labels = labelPairs(
      scored.map(([first]) => first.score),
      scored.map(([, second]) => second.score),
      { rule, temperature, noise, ties, tieTolerance, seed },
    );
    const counts = { identical: 0, tied: 0, flipped: 0 };
    const pairs = scored.flatMap(([first, second], index) => {
      const label = labels[index];
      if (isSame(first, second)) counts.identical += 1;
      else if (label?.chosen === undefined) counts.tied += 1;
      else {
        counts.flipped += Number(label.flipped);
        const [chosen, rejected] = label.chosen === 0 ? [first, second] : [second, first];
        return [labeledPair(chosen, rejected)];
      }
      return [];
    });
    await writeJsonLines(path, pairs);
    await rm(partialPath(path), { force: true });
    reportUsage(opened.scorer.name, opened, context);
    const margins = pairs.reduce((sum, { margin }) => sum + margin, 0);
    return {
      path,
      prompts: couples.length,
      pairs: pairs.length,
      ...counts,
      meanMargin: pairs.length > 0 ? margins / pairs.length : 0,
    };
  });
}

/**
 * One shard's share of what `runLabel` has judged, into `<path>.shard-i-of-n`: whole batches, so that all shards together are what
 * one call gives, to the last digit. Labels are drawn once they are together: the stream of each depends on its place.
 *
 * @param path of the whole; once every shard is done, `mergeShards` of `@ais/trainer/runs` and `runLabel` with `resume: true` write it
 * @param shard `{ index, count }`, with indices from 1
 * @returns the shard's file, and how many responses it has judged, or pairs of them if the judge compares
 * @throws {TrainerError} `invalid-option` for an index that is not 1 to count
 * @example
 * const settings = await readSettings('label', { flags: { responses: 'responses.jsonl', scorer: 'oracle', batchSize: 8 } });
 * for (const index of [1, 2]) await runLabelShard(settings, 'labels.jsonl', { index, count: 2 }, stepContext());
 * await mergeShards('labels.jsonl');
 * const { prompts } = await runLabel(settings, 'labels.jsonl', stepContext({ resume: true }));
 * console.log(prompts); // 16
 */
export async function runLabelShard(
  settings: Settings<'label'>,
  path: string,
  shard: Shard,
  context: FileContext,
): Promise<ShardOutcome> {
  const { batchSize } = settings;
  return withJudge(settings, path, context, async ({ scorer, ...opened }, lines, couples) => {
    const pairs = couples.map(([a, b]) => ({ a, b }));
    const total = isPairwise(scorer) ? pairs.length : lines.length;
    const count = Math.ceil(total / batchSize);
    const work = await openShard<readonly number[]>(path, labelInputs(settings, scorer, lines), shard, count);
    let done = 0;
    try {
      for (let part = 0; part < count; part++) {
        if (!isOfShard(part, shard)) continue;
        const [from, to] = [part * batchSize, Math.min(total, (part + 1) * batchSize)];
        if (!work.done.has(part)) {
          const asking = { batchSize, signal: context.signal };
          const values = isPairwise(scorer)
            ? (await compareAll(scorer, pairs.slice(from, to), asking)).map(({ outcome }) => outcome)
            : await scoreAll(scorer, lines.slice(from, to), asking);
          await work.keep(part, values);
        }
        done += to - from;
        context.onProgress({ task: context.title, completed: to, total });
      }
    } finally {
      await work.close();
    }
    reportUsage(scorer.name, opened, context);
    return { path: shardPath(path, shard), done };
  });
}

/** Opens the judge and tries it; it is disposed of when the work is done. */
async function withJudge<Outcome>(
  settings: Settings<'label'>,
  path: string,
  context: FileContext,
  work: (
    opened: OpenScorer<GeneratedResponse>,
    lines: readonly GeneratedResponse[],
    couples: readonly Couple[],
  ) => Promise<Outcome>,
): Promise<Outcome> {
  requireSettings('label', settings);
  const { responses, rule, retokenize } = settings;
  const lines = await readGenerated(responses);
  const couples = twoOfEach(lines, responses);
  const opened = await openScorerOfResponses(settings.scorer, {
    owner: ownerOf(lines, responses),
    retokenize,
    judging: settings,
  });
  try {
    if (rule === 'bradley-terry') requireScores(opened.scorer, settings.scorer, 'rule');
    await tryOn(couples, opened, context);
    return await work(opened, lines, couples);
  } catch (error) {
    throw explainChange(error, path, settings);
  } finally {
    opened.dispose();
  }
}

/** What the scores depend on, for `--resume`; what is under `notes` may change then. */
function labelInputs(
  settings: Settings<'label'>,
  scorer: OpenScorer<GeneratedResponse>['scorer'],
  lines: readonly GeneratedResponse[],
): Parameters<typeof openPartialWork>[1] {
  return {
    ...inputsOf('label', settings),
    scorer: scorer.name,
    responses: fingerprintExamples(lines),
  };
}

type Couple = readonly [GeneratedResponse, GeneratedResponse];

/** Tries the judge on the first pairs, before all others are paid for. */
async function tryOn(
  couples: readonly Couple[],
  { scorer }: OpenScorer<GeneratedResponse>,
  { signal }: FileContext,
): Promise<void> {
  const pairs = couples.slice(0, 4).map(([a, b]) => ({ a, b }));
  await verifyJudge(scorer, pairs.length === 1 ? [...pairs, ...pairs] : pairs, { signal });
}

/** The couples with their scores; what an interrupted call was told is not asked for again. */
async function scoredCouples(
  settings: Settings<'label'>,
  scorer: OpenScorer<GeneratedResponse>['scorer'],
  lines: readonly GeneratedResponse[],
  couples: readonly Couple[],
  path: string,
  { title, resume, signal, onProgress }: FileContext,
): Promise<[Scored, Scored][]> {
  const { batchSize } = settings;
  const inputs = labelInputs(settings, scorer, lines);
  const work: PartialWork<readonly number[]> = await openPartialWork(partialPath(path), inputs, resume);
  const done: number[] = [];
  for (let part = 0; work.done.has(part); part++) done.push(...(work.done.get(part) ?? []));
  const asking = {
    batchSize,
    signal,
    onProgress: (completed: number, total: number) => onProgress({ task: title, completed, total }),
  };
  try {
    if (isPairwise(scorer)) {
      const verdicts = await compareAll(
        scorer,
        couples.map(([a, b]) => ({ a, b })),
        {
          ...asking,
          done: done.map((outcome) => ({ outcome: outcome as Outcome })),
          onBatch: (own, start) =>
            work.keep(
              start / batchSize,
              own.map(({ outcome }) => outcome),
            ),
        },
      );
      return couples.map(([first, second], index) => {
        const score = verdicts[index]?.outcome ?? Number.NaN;
        return [
          { ...first, score },
          { ...second, score: 1 - score },
        ];
      });
    }
    const scores = await scoreAll(scorer, lines, {
      ...asking,
      done,
      onBatch: (rewards, start) => work.keep(start / batchSize, rewards),
    });
    const scoreOf = new Map(lines.map((line, index) => [line, scores[index] ?? Number.NaN]));
    const scored = (line: GeneratedResponse): Scored => ({ ...line, score: scoreOf.get(line) ?? Number.NaN });
    return couples.map(([first, second]) => [scored(first), scored(second)]);
  } finally {
    await work.close();
  }
}

type Scored = GeneratedResponse & { readonly score: number };

function isSame(first: GeneratedResponse, second: GeneratedResponse): boolean {
  if (first.response && second.response) return first.response.join() === second.response.join();
  return first.responseText === second.responseText;
}

function labeledPair(chosen: Scored, rejected: Scored) {
  const { id, prompt, promptText, family, tokenizer, template } = chosen;
  return {
    id,
    ...(prompt && { prompt, chosen: chosen.response, rejected: rejected.response }),
    promptText,
    chosenText: chosen.responseText,
    rejectedText: rejected.responseText,
    chosenFinished: chosen.finished,
    rejectedFinished: rejected.finished,
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    margin: chosen.score - rejected.score,
    ...(family !== undefined && { family }),
    ...(chosen.logProb !== undefined &&
      rejected.logProb !== undefined && {
        chosenLogProb: chosen.logProb,
        rejectedLogProb: rejected.logProb,
      }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(template !== undefined && { template }),
  };
}

function twoOfEach(lines: readonly GeneratedResponse[], path: string): Couple[] {
  const groups = new Map<string, GeneratedResponse[]>();
  for (const line of lines) groups.set(line.id, [...(groups.get(line.id) ?? []), line]);
  return [...groups].map(([id, group]) => {
    const [first, second, ...more] = group;
    if (first && second && more.length === 0) return [first, second];
    throw new PipelineError(
      'invalid-setting',
      `${path}: prompt ${id} has ${group.length} responses, and a pair needs two. Generate them with --samples 2.`,
      { key: 'responses' },
    );
  });
}
