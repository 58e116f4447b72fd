import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../../gold-eval/test/openai-server.js';
import { asMessage, writeChatModel } from '../../test/chat-model.js';
import { stepContext } from '../context.js';
import { openModelText, savedText, textLayer } from '../corpus/model-text.js';
import { readSettings } from '../settings/read-settings.js';
import type { Layer } from '../settings/settings-file.js';
import type { DataSettings } from '../settings/text-settings.js';
import { runGenerate } from './run-generate.js';

const root = mkdtempSync(join(tmpdir(), 'ais-generate-'));
const at = (name: string): string => join(root, name);
let server: OpenAiServer;
beforeAll(async () => {
  server = await openAiServer();
  vi.stubEnv('OPENAI_BASE_URL', server.baseUrl);
  vi.stubEnv('OPENAI_API_KEY', 'secret');
  await writeChatModel(at('model'));
  const rows = Array.from({ length: 10 }, () => ({ question: 'Who is it?', answer: 'Me.' }));
  writeFileSync(at('questions.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(root, { recursive: true });
});

/** What openai:MODEL is asked in place of the model that lends its tokenizer. */
async function asked(layer: Layer): Promise<string | undefined> {
  server.script(() => completion(' Me.'));
  const settings = await readSettings('generate', {
    flags: {
      model: 'openai:small',
      tokenizer: at('model'),
      source: at('questions.jsonl'),
      template: 'chat',
      prompts: 1,
      samples: 1,
      api: { cache: at(`${Object.keys(layer).join()}.jsonl`) },
      data: { heldOut: 0 },
      ...layer,
    },
  });
  await runGenerate(settings, at('responses.jsonl'), stepContext());
  return server.requests[0]?.messages[0]?.content;
}

test('openai:MODEL is asked by the chat template of the model that it stands in for, or by the one that is named', async () => {
  expect(await asked({})).toBe(asMessage('Who is it?'));
  expect(await asked({ chatTemplate: 'chatml' })).toBe(
    '<|im_start|>user\nWho is it?<|im_end|>\n<|im_start|>assistant\n',
  );
});

describe('of the prompts of a file', () => {
  const write = (name: string, rows: readonly object[]): string => {
    writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return at(name);
  };
  const answers = ['Me.', 'It is me, of all the people.', 'You.', 'Nobody knows who it is.', 'Ann.'];
  const rows = answers.map((answer, index) => ({ question: `Who is ${index}?`, answer }));

  /** Who is asked in place of a model that learned from `learned.jsonl`, two of whose rows were held out. */
  async function prompts(layer: Layer): Promise<{ asked: string[]; warnings: string[] }> {
    const learned = write('learned.jsonl', rows);
    rmSync(at('run'), { recursive: true, force: true });
    await writeChatModel(at('run'));
    const data = { maxPromptTokens: 64, maxResponseTokens: 12, longResponses: 'drop', heldOut: 2 };
    await savedText(await openModelText(at('run')), { source: learned, data: data as DataSettings }).save(
      at('run'),
    );
    const settings = await readSettings('generate', {
      flags: { model: 'openai:small', tokenizer: at('run'), template: 'chat', samples: 1, ...layer },
      ofModel: textLayer,
    });
    const warnings: string[] = [];
    server.script(() => completion(' Me.'));
    const context = stepContext({ onWarning: (text) => warnings.push(text) });
    await runGenerate(
      { ...settings, api: { ...settings.api, cache: at('none.jsonl') } },
      at('all.jsonl'),
      context,
    );
    rmSync(at('none.jsonl'), { force: true });
    const asked = readFileSync(at('all.jsonl'), 'utf8').match(/Who is \d/g) ?? [];
    return { asked: asked.toSorted(), warnings: warnings.filter((text) => text.includes('.jsonl')) };
  }
  const all = rows.map(({ question }) => question.slice(0, -1));

  test('all are answered where they are prompts alone, whatever the model’s run held out of its own text', async () => {
    const source = write(
      'alone.jsonl',
      rows.map(({ question }) => ({ prompt: question })),
    );
    expect(await prompts({ source })).toEqual({ asked: all, warnings: [] });
    const some = await prompts({ source, data: { heldOut: 2 } });
    expect(some.asked).toHaveLength(3);
    expect(some.warnings.join()).toMatch(
      /alone\.jsonl: 2 records left out: held out to evaluate on \(--held-out 0/,
    );
  });

  test('no limit on what is sampled leaves out those whose reference response is longer', async () => {
    const source = write('others.jsonl', rows);
    expect((await prompts({ source, data: { heldOut: 0, maxResponseTokens: 2 } })).asked).toEqual(all);
    // Those that the model learned from stay the same ones.
    const usual = await prompts({});
    expect(usual.asked.length).toBeLessThan(3);
    expect((await prompts({ data: { maxResponseTokens: 2 } })).asked).toEqual(usual.asked);
    expect((await prompts({ data: { maxResponseTokens: 40 } })).asked).toEqual(usual.asked);
  });
});
