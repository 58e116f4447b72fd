import { rm } from 'node:fs/promises';
import { labelPairs, scoreAll } from '@ais/gold-eval';
import { writeJsonLines } from '@ais/runtime/files';
import { fingerprintExamples, openPartialWork } from '@ais/trainer/runs';
import type { RunContext } from '../context.js';
import { type GeneratedResponse, ownerOf, readGenerated } from '../corpus/generated-responses.js';
import { PipelineError } from '../errors.js';
import { type OpenScorer, openScorerOfResponses } from '../registries/scorers.js';
import type { Settings } from '../settings/command-settings.js';
import { partialPath } from './stored-settings.js';

export interface LabelOutcome {
  readonly path: string;
  readonly prompts: number;
  readonly pairs: number;
  /** Prompts left out because both responses have the same tokens. */
  readonly identical: number;
  /** Prompts left out because both responses have the same score, or nearly. */
  readonly tied: number;
  /** Labels that noise flipped. */
  readonly flipped: number;
  /** Mean score of the chosen response minus that of the rejected one. */
  readonly meanMargin: number;
}

/**
 * `ais label`: preference pairs from what `ais generate` wrote, two samples per prompt, ordered by a judge.
 *
 * Scores are kept beside the file as they come in, so an interrupted call need not ask for them again.
 */
export async function runLabel(
  settings: Settings<'label'>,
  path: string,
  context: Omit<RunContext, 'directory'>,
): Promise<LabelOutcome> {
  const { responses, rule, temperature, noise, ties, tieTolerance, seed, retokenize } = settings;
  const lines = await readGenerated(responses);
  const opened = await openScorerOfResponses(settings.scorer, {
    owner: ownerOf(lines, responses),
    retokenize,
  });
  try {
    const scores = await scoreInParts(settings, opened.scorer, lines, path, context);
    const scored = lines.map((line, index) => ({ ...line, score: scores[index] ?? Number.NaN }));
    const couples = twoOfEach(scored, responses);
    const labels = labelPairs(
      couples.map(([first]) => first.score),
      couples.map(([, second]) => second.score),
      { rule, temperature, noise, ties, tieTolerance, seed },
    );
    const counts = { identical: 0, tied: 0, flipped: 0 };
    const pairs = couples.flatMap(([first, second], index) => {
      const label = labels[index];
      if (first.response.join() === second.response.join()) counts.identical += 1;
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
    const margins = pairs.reduce((sum, { margin }) => sum + margin, 0);
    return {
      path,
      prompts: couples.length,
      pairs: pairs.length,
      ...counts,
      meanMargin: pairs.length > 0 ? margins / pairs.length : 0,
    };
  } finally {
    opened.dispose();
  }
}

/** One score per response; those of an interrupted call are not asked for again. */
async function scoreInParts(
  settings: Settings<'label'>,
  scorer: OpenScorer<GeneratedResponse>['scorer'],
  lines: readonly GeneratedResponse[],
  path: string,
  { title, resume, signal, onProgress }: Omit<RunContext, 'directory'>,
): Promise<number[]> {
  const { batchSize } = settings;
  const inputs = {
    command: 'label',
    settings: JSON.parse(JSON.stringify(settings)),
    scorer: scorer.name,
    responses: fingerprintExamples(lines),
  };
  const work = await openPartialWork<readonly number[]>(partialPath(path), inputs, resume);
  const done: number[] = [];
  for (let part = 0; work.done.has(part); part++) done.push(...(work.done.get(part) ?? []));
  try {
    return await scoreAll(scorer, lines, {
      batchSize,
      done,
      signal,
      onBatch: (rewards, start) => work.keep(start / batchSize, rewards),
      onProgress: (completed, total) => onProgress({ task: title, completed, total }),
    });
  } finally {
    await work.close();
  }
}

type Scored = GeneratedResponse & { readonly score: number };

function labeledPair(chosen: Scored, rejected: Scored) {
  const { id, prompt, promptText, family, tokenizer, template } = chosen;
  return {
    id,
    prompt,
    chosen: chosen.response,
    rejected: rejected.response,
    promptText,
    chosenText: chosen.responseText,
    rejectedText: rejected.responseText,
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

function twoOfEach(lines: readonly Scored[], path: string): [Scored, Scored][] {
  const groups = new Map<string, Scored[]>();
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
