import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatml } from '../chat/built-in.js';
import { createChatTemplate } from '../chat/chat-template.js';
import { jsonlRows } from '../formats/jsonl-rows.js';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport } from '../records/read-report.js';
import { comparisonSource } from './comparison-source.js';
import { textSource } from './text-source.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-rendered-'));
});
afterAll(() => rm(scratch, { recursive: true }));

async function rowsOf(...rows: readonly object[]) {
  const path = join(scratch, 'rows.jsonl');
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return jsonlRows(path);
}

const withTools = createChatTemplate({
  name: 'with-tools',
  chat: '{{ tools | tojson }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% if m.tool_calls %}{{ m.tool_calls | tojson }}{% endif %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}',
});
const user = { role: 'user', content: 'How warm is it?' };
const call = {
  role: 'assistant',
  content: null,
  tool_calls: [{ function: { name: 'weather', arguments: {} } }],
};
const tool = { role: 'tool', content: '20' };
const answer = { role: 'assistant', content: '20 degrees.' };
const tools = [{ type: 'function', function: { name: 'weather' } }];

describe('calls of tools', () => {
  it.each<[string, object, string]>([
    ['a response', { messages: [user, call] }, 'messages.1.tool_calls'],
    ['a response with text', { messages: [user, { ...call, content: 'Wait.' }] }, 'messages.1.tool_calls'],
    ['a prompt', { messages: [user, call, tool, answer] }, 'messages.1.tool_calls'],
    ['a completion', { prompt: [user], completion: [call] }, 'completion.0.tool_calls'],
    [
      'a call of before',
      { messages: [user, { role: 'assistant', content: 'Wait.', function_call: { name: 'weather' } }] },
      'messages.1.function_call',
    ],
  ])('of %s are refused where the template leaves them out', async (_, row, field) => {
    const good = { messages: [user, answer], prompt: [user], completion: [answer] };
    const source = textSource(await rowsOf({ ...row }), { chatTemplate: chatml });
    await expect(collectRecords(source)).rejects.toMatchObject({
      code: 'invalid-record',
      fault: 'template-failed',
      place: { line: 1, field },
      message: expect.stringMatching(
        /the chat template chatml leaves out the call of "weather"\. Use a template that renders calls of tools \(--chat-template\), or remove the row\.$/,
      ),
    });
    const report = createReadReport();
    const two = textSource(await rowsOf(row, 'messages' in row ? good : { ...good, messages: undefined }), {
      chatTemplate: chatml,
    });
    expect(await collectRecords(two, { onError: 'skip', report })).toHaveLength(1);
    expect(report.faults).toEqual({ 'template-failed': 1 });
  });

  it('are learned from a template that renders them', async () => {
    const source = textSource(await rowsOf({ messages: [user, call], tools }), { chatTemplate: withTools });
    const [record] = await collectRecords(source);
    expect(record?.prompt).toContain('"weather"');
    expect(record?.response).toContain('"weather"');
  });

  it('are refused in comparisons', async () => {
    const rows = await rowsOf({ prompt: [user], chosen: [call], rejected: [answer] });
    await expect(collectRecords(comparisonSource(rows, { chatTemplate: chatml }))).rejects.toThrow(
      /leaves out the call of "weather"/,
    );
  });

  it('a list without any is not what makes up for an empty message', async () => {
    const rows = await rowsOf({ messages: [user, { role: 'assistant', content: '', tool_calls: [] }] });
    await expect(collectRecords(textSource(rows, { chatTemplate: withTools }))).rejects.toThrow(
      /the message of the assistant is empty, and its tool_calls call no function by its name/,
    );
  });
});

it.each([
  { messages: [user, answer], tools },
  { prompt: [user], tools },
])('tools are refused where the template leaves them out: %j', async (row) => {
  const options = { chatTemplate: chatml, promptsAlone: true };
  await expect(collectRecords(textSource(await rowsOf(row), options))).rejects.toMatchObject({
    fault: 'template-failed',
    place: { line: 1, field: 'tools' },
    message: expect.stringContaining('the chat template chatml leaves out the tool "weather"'),
  });
  const source = textSource(await rowsOf(row), { ...options, chatTemplate: withTools });
  expect((await collectRecords(source))[0]?.prompt).toContain('"weather"');
});
