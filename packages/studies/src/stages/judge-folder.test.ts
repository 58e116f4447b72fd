import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareCorpus, stepContext } from '@ais/pipeline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentName } from './content-names.js';
import { keepJudge, openGold } from './judge-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'ais-judge-'));
afterAll(() => rmSync(folder, { recursive: true }));

const request = {
  source: 'synthetic',
  seed: 1,
  wanted: { supervised: { exactly: 8 } },
  heldOut: 0,
  sizes: { supervised: 8, reward: 0, preference: 0, evaluation: 0 },
  lengths: { maxPromptTokens: 200, maxResponseTokens: 40, longPrompts: 'drop', longResponses: 'cut' },
} as const;
let text: Awaited<ReturnType<typeof prepareCorpus>>;
beforeAll(async () => {
  text = await prepareCorpus(request as never, { vocabularySize: 300 }, stepContext());
});

/** A judge's file, and what it is called by its content. */
function judge(
  file: string,
  identity: string,
  also = '',
): { readonly name: string; readonly files: Record<string, string> } {
  const path = join(folder, file);
  writeFileSync(
    path,
    `${also}export default { specificationVersion: 'v1', name: '${identity}', score: async (items) => items.map(() => 1) };`,
  );
  const name = contentName(path, 'a'.repeat(64));
  return { name, files: { [name]: path } };
}

test('a judge is opened where the plan says that it is, and not under another name than it was tried', async () => {
  const { name, files } = judge('mine.mjs', 'mine@1');
  await keepJudge(folder, { name, identity: 'mine@1' });
  const { scorer } = await openGold(folder, text, { judge: name, files });
  expect(scorer.name).toBe('mine@1');
  // A package that the judge's file imports has another version.
  await keepJudge(folder, { name, identity: 'mine@0' });
  await expect(openGold(folder, text, { judge: name, files })).rejects.toMatchObject({
    code: 'another-judge',
    message: expect.stringMatching(/mine\.mjs was tried as "mine@0" and is "mine@1" now\. Set it as it was/),
  });
});

test.each([
  ['oracle', { judge: 'facts' }],
  ['a gold model', undefined],
])('a folder runs no judge that the plan does not name: %s', async (_, hints) => {
  const ran = join(folder, 'ran');
  judge(
    'theirs.mjs',
    'theirs',
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(ran)}, '');`,
  );
  await keepJudge(folder, { name: join(folder, 'theirs.mjs'), identity: 'theirs' });
  await expect(openGold(folder, text, hints)).rejects.toMatchObject({
    code: 'another-judge',
    message: expect.stringMatching(
      /holds the judge .*theirs\.mjs, and the judge of this study is (facts|none)/,
    ),
  });
  const { existsSync } = await import('node:fs');
  expect(existsSync(ran)).toBe(false);
});
