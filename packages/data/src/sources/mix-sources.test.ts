import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectRecords } from '../records/collect-records.js';
import { createReadReport } from '../records/read-report.js';
import type { Source } from '../records/record.js';
import { mixSources } from './mix-sources.js';
import { openSource } from './open-source.js';

const numbered = (name: string, count: number): Source & { closed: number } => ({
  name,
  closed: 0,
  async *records() {
    try {
      for (let index = 0; index < count; index++) {
        yield { id: String(index), prompt: name, response: String(index) };
      }
    } finally {
      this.closed++;
    }
  },
});

describe('mixSources', () => {
  const parts = (counts: readonly number[], weights: readonly number[]) =>
    counts.map((count, index) => ({ source: numbered('abc'[index]!, count), weight: weights[index]! }));

  it('draws by weight from the first record on, in the order of each source, each record once', async () => {
    const report = createReadReport();
    const mixture = mixSources(parts([5000, 5000, 5000], [7, 2, 1]));
    const records = await collectRecords(mixture, { report });
    expect(mixture.name).toBe('a*7,b*2,c*1');
    for (const [index, share] of [0.7, 0.2, 0.1].entries()) {
      const name = 'abc'[index]!;
      const own = records.filter(({ prompt }) => prompt === name);
      expect(own.map(({ response }) => Number(response))).toEqual(own.map((_, order) => order));
      expect(own.map(({ id }) => id)).toEqual(own.map((_, order) => `${index + 1}-${order}`));
      for (const count of [1000, records.length]) {
        const found = records.slice(0, count).filter(({ prompt }) => prompt === name).length / count;
        expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / count));
      }
      expect(report.mixture[index]).toEqual({ source: name, weight: [7, 2, 1][index], records: own.length });
    }
    expect(records.length).toBeGreaterThan(6500);
  });

  it('ends when the source that is drawn is at its end, and closes the others', async () => {
    const list = parts([3, 1000], [1, 1]);
    const records = await collectRecords(mixSources(list));
    expect(records.filter(({ prompt }) => prompt === 'a')).toHaveLength(3);
    expect(list.map(({ source }) => source.closed)).toEqual([1, 1]);
    expect(await collectRecords(mixSources(parts([0, 10], [1, 1e-9])))).toEqual([]);
  });

  it("keeps the turns of one conversation together, apart from another source's of the same id", async () => {
    const turns = (name: string): Source => ({
      ...numbered(name, 0),
      async *records() {
        const record = (id: string, family: string) => ({ id, prompt: name, response: id, family });
        yield record('7/1', 'conversation 7');
        yield record('7/2', 'conversation 7');
        yield record('8/1', 'conversation 7');
      },
    });
    const mixture = mixSources([
      { source: turns('a'), weight: 1 },
      { source: turns('b'), weight: 1 },
    ]);
    const families = new Map((await collectRecords(mixture)).map(({ id, family }) => [id, family]));
    expect(Object.fromEntries(families)).toMatchObject({
      '1-7/1': 'conversation 1-7',
      '1-7/2': 'conversation 1-7',
      '2-7/1': 'conversation 2-7',
    });
    for (const [id, family] of families) if (id.endsWith('-8/1')) expect(family).toBe('conversation 7');
  });

  it('depends on the seed alone', async () => {
    const order = async (seed: number) =>
      (await collectRecords(mixSources(parts([50, 50], [1, 1]), { seed }))).map(({ id }) => id);
    expect(await order(3)).toEqual(await order(3));
    expect(await order(4)).not.toEqual(await order(3));
  });

  it.each([[[1, 0]], [[1, Number.NaN]], [[-1, 2]], [[]]])('refuses the weights %j', (weights) => {
    expect(() => mixSources(parts([1, 1].slice(0, weights.length), weights))).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });
});

describe('openSource', () => {
  let scratch = '';
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ais-mix-'));
    const rows = Array.from({ length: 50 }, (_, id) => ({ id, question: `q${id}?`, answer: `a${id}` }));
    await writeFile(join(scratch, 'a.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await writeFile(
      join(scratch, 'b.csv'),
      `prompt,completion\n${rows.map(({ id }) => `p${id},c${id}\n`).join('')}`,
    );
  });
  afterAll(() => rm(scratch, { recursive: true }));

  it('mixes files of different shapes, and knows where each record is from', async () => {
    const report = createReadReport();
    const { kind, source } = openSource(`${scratch}/a.jsonl*0.7,${scratch}/b.csv*0.3`, { seed: 5 });
    expect(kind).toBe('text');
    const records = await collectRecords(source as Source, { report });
    expect(new Set(records.map(({ prompt }) => prompt.slice(0, 1)))).toEqual(new Set(['Q', 'p']));
    expect(report.shapes.map(({ template }) => template.name).sort()).toEqual([
      'prompt-completion',
      'question-answer',
    ]);
    expect(records[0]?.place?.file).toMatch(/a\.jsonl|b\.csv/);
    const list = openSource(
      [
        { source: `${scratch}/a.jsonl`, weight: 0.7 },
        { source: `${scratch}/b.csv`, weight: 0.3, columns: { prompt: 'completion', completion: 'prompt' } },
      ],
      { seed: 5 },
    );
    const swapped = await collectRecords(list.source as Source);
    expect(swapped.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
    expect(swapped.find(({ id }) => id === '2-1')).toMatchObject({ prompt: 'c0', response: 'p0' });
  });

  it('takes a name with a star for what is on disk, if it is there', async () => {
    await writeFile(join(scratch, 'c*2'), '{"text": "one"}\n');
    const { source } = openSource(join(scratch, 'c*2'));
    expect(await collectRecords(source as Source)).toMatchObject([{ id: '1', response: 'one' }]);
  });

  it.each([
    ['a.jsonl*0.5,b.csv', /"b\.csv" has no weight.*a\.jsonl\*0\.7,b\.csv\*0\.3/],
    ['a.jsonl*0,b.csv*1', /"a\.jsonl\*0" has no weight/],
    ['a.jsonl*0.5,none.csv*0.5', /There is no file or folder a\.jsonl/],
  ])('refuses %s', (name, message) => {
    expect(() => openSource(name)).toThrow(message);
  });
});
