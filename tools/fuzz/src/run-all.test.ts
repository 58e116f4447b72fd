import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FuzzResults, fuzzAll } from './run-all.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fuzz-all-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** A program that notes what it is asked, and accepts every case but those of a number. */
async function reader(bad: number): Promise<{ program: string; asked: () => Promise<string[]> }> {
  const [program, log] = [join(directory, 'reader.mjs'), join(directory, 'log')];
  await writeFile(log, '');
  await writeFile(
    program,
    `import { appendFileSync } from 'node:fs';
    const [name, , , , from, , cases] = process.argv.slice(2);
    appendFileSync(${JSON.stringify(log)}, name + ' ' + from + ' ' + cases + '\\n');
    const isBad = Number(from) <= ${bad} && ${bad} < Number(from) + Number(cases);
    const findings = isBad ? [{ case: ${bad}, kind: 'hang', message: '1001 ms' }] : [];
    console.log(JSON.stringify({ cases: Number(cases), accepted: Number(cases), refused: {}, slowestMilliseconds: 2,
      largestAllocation: {}, findings, peakResidentBytes: 5, processorSeconds: 1 }));`,
  );
  return { program, asked: async () => (await readFile(log, 'utf8')).trimEnd().split('\n') };
}

const targets = [
  { name: 'small', share: 1 },
  { name: 'large', share: 3 },
];
const run = (cases: number, program: string, first?: string) =>
  fuzzAll(targets, {
    cases,
    seed: 1,
    results: join(directory, 'results.json'),
    first,
    program,
    say: () => {},
  });

test('readers get their shares, the asked one first, and a later run goes on', async () => {
  const { program, asked } = await reader(-1);
  expect(await run(8, program, 'large')).toMatchObject({ cases: 8, findings: 0 });
  expect(await asked()).toEqual(['large 0 6', 'small 0 2']);
  expect(await run(12, program)).toMatchObject({ cases: 12, findings: 0 });
  expect((await asked()).slice(2)).toEqual(['small 2 1', 'large 6 3']);
});

test('what was found is read again, and counts as fixed once it is read as it should be', async () => {
  expect(await run(8, (await reader(1)).program)).toMatchObject({ findings: 2, fixed: 0 });
  const { program, asked } = await reader(-1);
  expect(await run(8, program)).toMatchObject({ findings: 0, fixed: 2 });
  expect(await asked()).toEqual(['small 1 1', 'large 1 1']);
  const { readers } = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8')) as FuzzResults;
  expect(readers['large']).toMatchObject({ cases: 6, findings: [], fixed: 1 });
});

test('what came before a case that ends its process is read again, and the next portion begins behind it', async () => {
  const [program, log] = [join(directory, 'stuck.mjs'), join(directory, 'log')];
  await writeFile(
    program,
    `import { appendFileSync } from 'node:fs';
    const [name, , , , from, , cases] = process.argv.slice(2);
    appendFileSync(${JSON.stringify(log)}, name + ' ' + from + ' ' + cases + '\\n');
    const isStuck = from === '0';
    const tally = { accepted: isStuck ? 2 : Number(cases), refused: {}, slowestMilliseconds: 2, peakResidentBytes: 5,
      processorSeconds: 1, findings: isStuck ? [{ case: 4, kind: 'memory', message: '9' }] : [],
      ...(isStuck && { stuck: { from: 2, at: 4 } }) };
    process.stdout.write(JSON.stringify(tally) + '\\n', () => isStuck && process.kill(process.pid, 'SIGKILL'));`,
  );
  const results = join(directory, 'results.json');
  const found = await fuzzAll([{ name: 'one', share: 1 }], {
    cases: 8,
    seed: 1,
    results,
    program,
    say: () => {},
  });
  expect(found).toMatchObject({ cases: 8, findings: 1 });
  expect((await readFile(log, 'utf8')).trimEnd().split('\n')).toEqual(['one 0 8', 'one 2 2', 'one 5 3']);
  const { readers } = JSON.parse(await readFile(results, 'utf8')) as FuzzResults;
  expect(readers['one']).toMatchObject({ cases: 8, accepted: 7 });
});
