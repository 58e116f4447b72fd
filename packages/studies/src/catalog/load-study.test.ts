import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadStudy } from './load-study.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ais-study-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const load = (file: string, text: string) => {
  const path = join(folder, file);
  writeFileSync(path, text);
  return loadStudy(path);
};

const mine = 'name: mine\ntitle: Mine\n';
const dpo = '{ title: DPO, beta: 0.1 }';

test.each([
  [
    `runs: [${dpo}, { title: DPO, objective: ipo, beta: 0.1 }]`,
    /mine\.yaml: runs\[1\]\.title: "DPO" is another/,
  ],
  [
    `runs: [{ title: IPO, beta: 1 }, ${dpo}, ${dpo}]`,
    /mine\.yaml: runs\[2\]: DPO, β = 0\.1 is in runs\[1\] too/,
  ],
  ['runs: [{ title: DPO, beta: [0.1, 0.1] }]', /mine\.yaml: runs\[0\]: .* is listed twice/],
  [
    `runs: [${dpo}]\nclaims: [{ statement: S, measure: win-rate, of: DP0, above: 0 }]`,
    /mine\.yaml: claims\[0\]\.of/,
  ],
  [
    `runs: [${dpo}]\ncharts: [epoch, peak, epoch]`,
    /mine\.yaml: charts\[2\]: the same chart is listed before/,
  ],
  [
    `runs: [${dpo}]\ncharts: [{ chart: alpha, by: data }]`,
    /mine\.yaml: charts\[0\]\.by: the chart alpha shows all/,
  ],
])('a file that would fail after its training is refused: %s', async (rest, message) => {
  await expect(load('mine.yaml', `${mine}${rest}\n`)).rejects.toThrow(message);
  await expect(load('mine.yaml', `${mine}${rest}\n`)).rejects.toMatchObject({
    code: 'invalid-study',
    exit: 'usage',
  });
});

test('claims may be about runs that settings name in place of the file’s', async () => {
  const runs = 'runs: [{ method: { title: Other, objective: ipo }, beta: 0.1, data: D1 }]';
  const claim = '{ statement: S, measure: win-rate, of: Other, above: 0 }';
  const { claims } = await load(
    'mine.yaml',
    `${mine}runs: [${dpo}]\nclaims: [${claim}]\nsettings: { ${runs} }\n`,
  );
  expect(claims).toHaveLength(1);
});

const study = (name: string, methods: string): string =>
  `export default { name: '${name}', title: 'Mine', charts: () => [], claims: [], runs: [${methods}] };`;
const run = "{ method: { title: 'DPO', objective: 'dpo', importance: 'none' }, beta: 0.1, data: 'D1' }";

test.each([
  ['../mine', run, /mine\.mjs: name: expected letters, .*, got "\.\.\/mine"/],
  ['mine', `${run}, ${run}`, /mine\.mjs: runs\[1\]: DPO, β = 0\.1 is in runs\[0\] too/],
])('a module’s study is checked too: %s', async (name, methods, message) => {
  await expect(load('mine.mjs', study(name, methods))).rejects.toThrow(message);
});

test('a module’s study is as it is written', async () => {
  expect(await load('mine.mjs', study('mine', run))).toMatchObject({ name: 'mine', runs: [{ beta: 0.1 }] });
});

test('a file whose name does not say that it is a study is not run', async () => {
  await expect(load('study', 'throw new Error("ran");')).rejects.toMatchObject({
    code: 'invalid-study',
    message: expect.stringContaining('expected its name to end in .yaml, .json, or .js'),
  });
});
