import { expect, test } from 'vitest';
import { readSettings } from './read-settings.js';
import { name } from './setting.js';

test.each(['oracle', './judge.js', 'owner/name', 'https://judge.test/score', 'a@b?c', 'openai:gpt'])(
  'takes the name %s',
  (value) => {
    expect(name.parse(value)).toBe(value);
  },
);

test.each([
  'https://me:secret@judge.test/score',
  'http://secret@judge.test',
  'https://judge.test/score?key=secret',
  'https://[judge/score?key=secret',
])('refuses an address with a secret, and does not repeat it: %s', async (value) => {
  const flags = { responses: 'responses.jsonl', scorer: value };
  const read = readSettings('label', { flags });
  await expect(read).rejects.toMatchObject({
    code: 'invalid-setting',
    exit: 'usage',
    message: expect.stringMatching(/scorer: an address takes no password and no query.*AIS_JUDGE_TOKEN/),
  });
  await expect(read).rejects.not.toThrow(/secret/);
});
