import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { questionAnswer } from './built-in.js';
import { loadTemplate } from './load-template.js';
import { tldr } from './tldr.js';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-templates-'));
});
afterAll(() => rm(scratch, { recursive: true }));

describe('loadTemplate', () => {
  it('knows templates by name', async () => {
    expect(await loadTemplate('tldr')).toBe(tldr);
    expect((await loadTemplate('text')).prompt({})).toEqual({ text: '' });
    await expect(loadTemplate('alpaca')).rejects.toThrow(
      /There is no template "alpaca"\. Use tldr, prompt-completion, question-answer, text, or the path/,
    );
    await expect(loadTemplate('toString')).rejects.toMatchObject({ code: 'invalid-template' });
  });

  it.each([
    ['yaml', 'prompt: "Question: {question}\\nAnswer:"\nresponse: " {answer}"\n'],
    ['yml', '# mine\nprompt: |-\n  Question: {question}\n  Answer:\nresponse: " {answer}"\n'],
    ['json', '{"prompt": "Question: {question}\\nAnswer:", "response": " {answer}"}'],
  ])('reads a %s file, with a byte-order mark too', async (extension, content) => {
    for (const mark of ['', '\uFEFF']) {
      const path = join(scratch, `qa.${extension}`);
      await writeFile(path, mark + content);
      const template = await loadTemplate(path);
      expect(template.name).toBe(path);
      expect(template.fingerprint).toBe(questionAnswer.fingerprint);
    }
  });

  it('takes what a file holds', async () => {
    const template = await loadTemplate({ name: 'mine', prompt: '{q}', response: '{a}' });
    expect(template.toJSON()).toEqual({ name: 'mine', prompt: '{q}', response: '{a}' });
  });

  it.each([
    ['is not there', undefined, 'file-unreadable', /cannot be read: ENOENT/],
    ['is not YAML', 'prompt: "a', 'invalid-template', /line 1/],
    ['is no template', '- a\n', 'invalid-template', /expected an object/],
    ['is empty', '', 'invalid-template', /expected an object/],
  ])('says so of a file that %s', async (_, content, code, message) => {
    const path = join(scratch, 'wrong.yaml');
    await rm(path, { force: true });
    if (content !== undefined) await writeFile(path, content);
    await expect(loadTemplate(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      place: { file: path },
    });
  });
});
