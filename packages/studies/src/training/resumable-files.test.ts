import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandContext } from './command-context.js';
import { readSettings } from './read-settings.js';
import { runGenerate } from './run-generate.js';
import { runLabel } from './run-label.js';
import { runSft } from './run-sft.js';
import { storedSettings } from './stored-settings.js';

let root: string;
const at = (name: string): string => join(root, name);
const context = (more: Partial<CommandContext> = {}): CommandContext => ({
  directory: at('sft'),
  resume: false,
  signal: new AbortController().signal,
  onProgress: () => {},
  onWarning: () => {},
  ...more,
});
/** A context that stops at the first progress of at least so much. */
const stoppingAt = (completed: number): CommandContext => {
  const stop = new AbortController();
  return context({
    signal: stop.signal,
    onProgress: (progress) => {
      if (progress.completed >= completed) stop.abort();
    },
  });
};
const counting = (): { readonly context: CommandContext; readonly first: () => number } => {
  let first: number | undefined;
  return {
    context: context({
      resume: true,
      onProgress: ({ completed }) => {
        first ??= completed;
      },
    }),
    first: () => first ?? 0,
  };
};
const data = { records: 16, heldOut: 8, maxPromptTokens: 64, maxResponseTokens: 20 };

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ais-resumable-'));
  const settings = await readSettings('sft', {
    flags: {
      data,
      shape: { hiddenSize: 16, layerCount: 1, headCount: 2 },
      training: { steps: 1, batchSize: 4 },
      evaluation: { points: 0, prompts: 4 },
    },
  });
  await runSft(settings, context());
});
afterAll(() => rmSync(root, { recursive: true }));

test('ais generate and ais label go on where they were stopped, and write the same', async () => {
  const flags = { model: at('sft'), data, prompts: 300 };
  const generate = await readSettings('generate', { flags });
  const whole = await runGenerate(generate, at('whole.jsonl'), context());
  expect(whole.responses).toBe(600);
  await expect(runGenerate(generate, at('stopped.jsonl'), stoppingAt(512))).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(existsSync(at('stopped.jsonl'))).toBe(false);
  expect(await storedSettings(at('stopped.jsonl'), 'generate')).toEqual(generate);
  const other = runGenerate({ ...generate, seed: 2 }, at('stopped.jsonl'), context({ resume: true }));
  await expect(other).rejects.toThrow(/another settings.seed/);
  const resumed = counting();
  await runGenerate(generate, at('stopped.jsonl'), resumed.context);
  expect(resumed.first()).toBeGreaterThanOrEqual(512);
  expect(readFileSync(at('stopped.jsonl'))).toEqual(readFileSync(at('whole.jsonl')));
  expect(existsSync(at('stopped.jsonl.partial'))).toBe(false);

  const label = await readSettings('label', { flags: { responses: at('whole.jsonl'), scorer: 'oracle' } });
  const outcome = await runLabel(label, at('pairs.jsonl'), context());
  await expect(runLabel(label, at('some.jsonl'), stoppingAt(96))).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(await storedSettings(at('some.jsonl'), 'label')).toEqual(label);
  const relabelled = counting();
  expect(await runLabel(label, at('some.jsonl'), relabelled.context)).toEqual({
    ...outcome,
    path: at('some.jsonl'),
  });
  expect(relabelled.first()).toBe(128);
  expect(readFileSync(at('some.jsonl'))).toEqual(readFileSync(at('pairs.jsonl')));
});
