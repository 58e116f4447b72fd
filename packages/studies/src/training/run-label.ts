import { readFile, rm } from 'node:fs/promises';
import { labelPairs, scoreAll } from '@ais/gold-eval';
import { fingerprintExamples, type Json, openPartialWork } from '@ais/trainer';
import { writeJsonLines } from '../json-lines.js';
import type { CommandContext } from './command-context.js';
import { ConfigurationError } from './configuration-error.js';
import type { GeneratedLine } from './run-generate.js';
import { type OpenScorer, openScorer, type ScorerContext } from './scorers.js';
import type { Settings } from './settings.js';
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
 * `ais label`: preference pairs from what `ais generate` wrote, two samples a prompt, ordered by a judge.
 *
 * Scores are kept beside the file as they come in, so an interrupted call need not ask for them again.
 */
export async function runLabel(
  settings: Settings<'label'>,
  path: string,
  context: Omit<CommandContext, 'directory'>,
): Promise<LabelOutcome> {
  const { responses, rule, temperature, noise, ties, tieTolerance, seed } = settings;
  const lines = await readGenerated(responses);
  const opened = await openScorer(settings.scorer, contextOf(lines));
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
        return [labelledPair(chosen, rejected)];
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

/** One score a line; those of an interrupted call are not asked for again. */
async function scoreInParts(
  settings: Settings<'label'>,
  scorer: OpenScorer['scorer'],
  lines: readonly GeneratedLine[],
  path: string,
  { resume, signal, onProgress }: Omit<CommandContext, 'directory'>,
): Promise<number[]> {
  const { batchSize } = settings;
  const inputs = {
    command: 'label',
    settings: JSON.parse(JSON.stringify(settings)) as Json,
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
      onProgress: (completed, total) => onProgress({ task: 'label', completed, total }),
    });
  } finally {
    await work.close();
  }
}

type Scored = GeneratedLine & { readonly score: number };

function labelledPair(chosen: Scored, rejected: Scored) {
  return {
    id: chosen.id,
    prompt: chosen.prompt,
    chosen: chosen.response,
    rejected: rejected.response,
    promptText: chosen.promptText,
    chosenText: chosen.responseText,
    rejectedText: rejected.responseText,
    chosenScore: chosen.score,
    rejectedScore: rejected.score,
    margin: chosen.score - rejected.score,
    ...(chosen.logProb !== undefined &&
      rejected.logProb !== undefined && {
        chosenLogProb: chosen.logProb,
        rejectedLogProb: rejected.logProb,
      }),
  };
}

function twoOfEach(lines: readonly Scored[], path: string): [Scored, Scored][] {
  const groups = new Map<string, Scored[]>();
  for (const line of lines) groups.set(line.id, [...(groups.get(line.id) ?? []), line]);
  return [...groups].map(([id, [first, second, ...more]]) => {
    if (!first || !second || more.length > 0) {
      throw new ConfigurationError(
        'responses',
        path,
        `prompt ${id} has not two responses. Generate them with --samples 2.`,
      );
    }
    return [first, second];
  });
}

async function readGenerated(path: string): Promise<GeneratedLine[]> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new ConfigurationError('responses', path, `it cannot be read (${cause.message}). Check the path.`);
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const found = parsed(line);
      if (typeof found?.id === 'string' && Array.isArray(found.prompt) && Array.isArray(found.response)) {
        return found as GeneratedLine;
      }
      throw new ConfigurationError(
        'responses',
        `${path}, line ${index + 1}`,
        'this is no response of ais generate (id, prompt, response). Repair or remove the line.',
      );
    });
}

function parsed(line: string): Partial<GeneratedLine> | undefined {
  try {
    return JSON.parse(line) as Partial<GeneratedLine>;
  } catch {
    return undefined;
  }
}

function contextOf(lines: readonly GeneratedLine[]): ScorerContext {
  const key = ({ prompt, response }: Pick<GeneratedLine, 'prompt' | 'response'>): string =>
    `${prompt.join()}|${response.join()}`;
  const byTokens = new Map(lines.map((line) => [key(line), line]));
  return {
    text: (item) => {
      const line = byTokens.get(key(item));
      return { prompt: line?.promptText ?? '', response: line?.responseText ?? '' };
    },
  };
}
