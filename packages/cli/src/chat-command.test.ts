import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';
import type { Chat, ChatAnswer, SayOptions } from '@ais/pipeline';
import { PipelineError } from '@ais/pipeline/settings';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { converse } from './conversation.js';
import { runProgram } from './program.js';

/** A chat whose answers are given by a function; an answer comes in two pieces, with time in between. */
function scripted(answer: (said: string) => string | Error): Chat & { readonly said: string[] } {
  const said: string[] = [];
  return {
    template: 'scripted',
    contextTokens: 64,
    messages: [],
    said,
    async say(content: string, { onText, signal }: SayOptions = {}): Promise<ChatAnswer> {
      said.push(content);
      const given = answer(content);
      if (given instanceof Error) throw given;
      const half = Math.ceil(given.length / 2);
      onText?.(given.slice(0, half));
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) return { text: given.slice(0, half), tokens: 1, end: 'stopped' };
      onText?.(given.slice(half));
      return { text: given, tokens: 2, end: given === 'long' ? 'length' : 'itself' };
    },
    reset: () => said.push('(reset)'),
    dispose: () => undefined,
  };
}

/** Streams that remember what was written to them. */
function streams(lines: string, isTTY = false) {
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => input });
  input.end(lines);
  const written = { answers: '', remarks: '' };
  const [answers, remarks] = (['answers', 'remarks'] as const).map((name) => {
    const stream = new PassThrough();
    stream.on('data', (chunk) => {
      written[name] += String(chunk);
    });
    return stream;
  }) as [PassThrough, PassThrough];
  return { streams: { input, answers, remarks }, written };
}

describe('a conversation', () => {
  test('takes a line a turn, and writes nothing but answers to where answers go', async () => {
    const chat = scripted((said) => (said === 'Tell me all.' ? 'long' : `about ${said}`));
    const { streams: to, written } = streams('tea\n\n/reset\nTell me all.\n/exit\nnever\n');
    const answers = await converse(chat, to);
    expect(chat.said).toEqual(['tea', '(reset)', 'Tell me all.']);
    expect(written.answers).toBe('about tea\nlong\n');
    expect(written.remarks).toBe('[cut off after 2 tokens: --max-new-tokens]\n');
    expect(answers.map(({ end }) => end)).toEqual(['itself', 'length']);
  });

  test('lets no control character through, and keeps line breaks', async () => {
    const { streams: to, written } = streams('a\n');
    await converse(
      scripted(() => 'one\ntwo\t\x1b]0;title\x07\r\u009b31m'),
      to,
    );
    expect(written.answers).toBe('one\ntwo\t‹U+001B›]0;title‹U+0007›‹U+000D›‹U+009B›31m\n');
  });

  test('ends with an error about a turn, but on a terminal shows it and goes on', async () => {
    const chat = () =>
      scripted((said) => (said === 'more' ? new PipelineError('conversation-too-long', 'Too long.') : 'yes'));
    const piped = streams('more\nagain\n');
    await expect(converse(chat(), piped.streams)).rejects.toMatchObject({ code: 'conversation-too-long' });
    const typed = streams('more\nagain\n', true);
    await converse(chat(), typed.streams);
    expect(typed.written.remarks).toContain('@ais/pipeline: Too long.\n');
    expect(typed.written.answers).toBe('yes\n');
    const broken = streams('more\nagain\n', true);
    await expect(
      converse(
        scripted(() => new Error('The disk is gone.')),
        broken.streams,
      ),
    ).rejects.toThrow('The disk is gone.');
  });

  test('Ctrl+C stops an answer; while there is none, it ends the conversation', async () => {
    const listeners = process.listenerCount('SIGINT');
    const { streams: to, written } = streams('', true);
    const input = new PassThrough() as PassThrough & { isTTY: boolean };
    input.isTTY = true;
    Object.assign(input, { setRawMode: () => input });
    const answers = Object.assign(new PassThrough(), {
      write: (text: string) => {
        written.answers += text;
        // Within the first answer, then while there is none.
        if (text === 'fir') process.emit('SIGINT');
        return true;
      },
    });
    const done = converse(
      scripted(() => 'first'),
      { ...to, input, answers },
    );
    input.write('tea\n');
    await vi.waitFor(() => expect(written.remarks).toContain('[stopped]'));
    await vi.waitFor(() => expect(written.remarks.split('> ').length).toBeGreaterThan(2));
    input.write('\x03');
    expect((await done).map(({ text, end }) => ({ text, end }))).toEqual([{ text: 'fir', end: 'stopped' }]);
    expect(written.answers).toBe('fir\n');
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });

  test('without a terminal, Ctrl+C ends it as an interruption', async () => {
    const { streams: to } = streams('tea\nmore\n');
    const answers = Object.assign(new PassThrough(), {
      write: (text: string) => {
        if (text === 'fir') process.emit('SIGINT');
        return true;
      },
    });
    await expect(
      converse(
        scripted(() => 'first'),
        { ...to, answers },
      ),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('ais chat', () => {
  const root = mkdtempSync(join(tmpdir(), 'ais-chat-command-'));
  const at = (...parts: string[]): string => join(root, ...parts);
  const output = capturedOutput();
  const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];

  beforeAll(async () => {
    await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
    const json = JSON.parse(
      readFileSync(new URL('../../data/fixtures/tokenizer.json', import.meta.url), 'utf8'),
    ) as TokenizerJson;
    const plain = createTokenizer(json);
    const model = await createModel(
      {
        vocabularySize: plain.vocabularySize,
        hiddenSize: 16,
        layerCount: 1,
        headCount: 2,
        intermediateSize: 32,
        maxPositions: 256,
        endOfTextTokens: [0],
        paddingToken: null,
        initializerRange: 0.5,
      },
      { seed: 1 },
    );
    await savePretrained(model, at('model'));
    model.dispose();
    await plain.save(at('model'));
    writeFileSync(
      at('turns.jinja'),
      '{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}',
    );
  });
  afterAll(() => rmSync(root, { recursive: true }));

  /** Runs the command with lines on standard input. */
  async function chat(lines: string, ...argv: string[]): Promise<number> {
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(
      Readable.from([lines]) as unknown as typeof process.stdin,
    );
    output.out = '';
    return runProgram(['chat', '--model', at('model'), ...backend, ...argv]);
  }
  const few = ['--max-new-tokens', '8', '--seed', '3'];

  test('answers a line each, the same for the same seed, and tells what it said with --json', async () => {
    const template = ['--chat-template', at('turns.jinja'), ...few];
    expect(await chat('Why?\nAnd then?\n', ...template), output.err).toBe(0);
    const text = output.out;
    expect(output.err).toContain('chat template');
    expect(await chat('Why?\nAnd then?\n', ...template)).toBe(0);
    expect(output.out).toBe(text);
    expect(await chat('Why?\nAnd then?\n', ...template, '--json')).toBe(0);
    const { answers, messages } = JSON.parse(output.out);
    expect(answers).toHaveLength(2);
    expect(answers[0]).toEqual({
      text: messages[1].content,
      tokens: expect.any(Number),
      end: expect.stringMatching(/^(itself|length)$/),
    });
    expect(messages.map(({ role }: { role: string }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ]);
  });

  test('a model without a template is refused with what to do, and settings can be looked at', async () => {
    expect(await chat('Why?\n')).toBe(2);
    expect(output.err).toMatch(/has no chat template.*--chat-template/);
    expect(await chat('', '--dry-run', '--json', '--system', 'Be brief.')).toBe(0);
    expect(JSON.parse(output.out).settings).toMatchObject({ system: 'Be brief.', maxNewTokens: 512 });
    expect(await chat('', '--temperature', '-1')).toBe(2);
  });

  test('a conversation that is longer than the context ends with what to do', async () => {
    const long = `${'a lake and a soup '.repeat(60)}\n`;
    expect(await chat(long, '--chat-template', at('turns.jinja'), ...few)).toBe(1);
    expect(output.err).toMatch(/\d+ tokens, and the model's context has 256/);
  });
});
