import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../../gold-eval/test/openai-server.js';
import { asMessage, writeChatModel } from '../../test/chat-model.js';
import { stepContext } from '../context.js';
import { readSettings } from '../settings/read-settings.js';
import type { Layer } from '../settings/settings-file.js';
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
