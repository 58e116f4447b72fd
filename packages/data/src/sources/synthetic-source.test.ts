import { describe, expect, it } from 'vitest';
import { collectRecords } from '../records/collect-records.js';
import { contentHash } from '../records/content-hash.js';
import type { TextRecord } from '../records/record.js';
import { parsePrompt } from '../templates/tldr.js';
import { oracleScore } from './oracle-score.js';
import { idealSummary, syntheticFacts, syntheticSource } from './synthetic-source.js';

const postOf = ({ prompt }: TextRecord): string => parsePrompt(prompt)?.post ?? '';
const collect = (seed: number, count: number): Promise<TextRecord[]> =>
  collectRecords(syntheticSource({ seed, count }));

describe('syntheticSource', () => {
  it('writes the same records for a seed, and the first of them for a smaller count', async () => {
    const records = await collect(17, 50);
    expect(await collect(17, 50)).toEqual(records);
    expect(await collect(17, 20)).toEqual(records.slice(0, 20));
    expect((await collect(18, 50)).map(postOf)).not.toEqual(records.map(postOf));
    expect(records[0]).toMatchInlineSnapshot(`
      {
        "cut": [
          41,
          108,
        ],
        "id": "synthetic-17-0",
        "prompt": "SUBREDDIT: r/team

      TITLE: my race

      POST: I am old. It is at the farm. We need 4 pens. It is a race with Max.

      TL;DR:",
        "response": " so race with Max at the farm",
      }
    `);
  });

  it('writes no post twice', async () => {
    const records = await collect(3, 4000);
    expect(new Set(records.map((record) => contentHash(postOf(record)))).size).toBe(4000);
    expect(new Set(records.map(({ id }) => id)).size).toBe(4000);
  });

  it('keeps references imperfect, as documented', async () => {
    const records = await collect(5, 4000);
    const share = (holds: (record: TextRecord) => boolean): number =>
      records.filter(holds).length / records.length;
    // An ideal policy wins against every reference below 4 and ties with the others.
    const perfect = share((record) => oracleScore(record, record.response) === 4);
    expect(1 - perfect / 2).toBeGreaterThan(0.85);
    expect(1 - perfect / 2).toBeLessThan(0.95);
    expect(share(({ response }) => /\b(so|just|well)\b/.test(response))).toBeCloseTo(0.2, 1);
    const usable = share((record) => oracleScore(record, record.response) > 1);
    expect(usable).toBeGreaterThan(0.9);
  });

  it('states two or three facts beside the plan, each once, and reads them back', async () => {
    for (const record of await collect(7, 500)) {
      const facts = syntheticFacts(record);
      expect([4, 5]).toContain(facts.length);
      expect(new Set(facts.map(({ kind }) => kind)).size).toBe(facts.length);
      expect(facts.slice(0, 2).map(({ kind }) => kind)).toEqual(['event', 'person']);
      for (const { value } of facts) expect(postOf(record)).toContain(value);
      expect(postOf(record).split('.').length - 1).toBeGreaterThanOrEqual(4);
    }
  });

  it('refuses counts and seeds that are not whole', () => {
    expect(() => syntheticSource({ seed: 1, count: -1 })).toThrow(/count/);
    expect(() => syntheticSource({ seed: 0.5, count: 1 })).toThrow(/seed/i);
  });
});

describe('oracleScore', () => {
  const record = {
    id: 'r1',
    prompt: 'My dog is old. I plan a picnic with Eva. Tom had 2 hats. We go on Sunday. I must bring 3 cakes.',
  };
  const score = (summary: string): number => oracleScore(record, summary);

  it('scores the ideal summary 4, and nothing above it', async () => {
    expect(idealSummary(record)).toBe('picnic with Eva on Sunday bring 3 cakes');
    expect(score(' Picnic with Eva on Sunday, bring 3 cakes.')).toBe(4);
    for (const synthetic of await collect(9, 500)) {
      expect(oracleScore(synthetic, idealSummary(synthetic))).toBe(4);
      expect(oracleScore(synthetic, synthetic.response)).toBeLessThanOrEqual(4);
    }
  });

  it.each([
    ['a fact left out', 'picnic with Eva on Sunday', 4 * (3.4 / 4.2)],
    ['another fact left out', 'picnic on Sunday bring 3 cakes', 4 * (3.1 / 4.2)],
    [
      'an invented day in place of the day',
      'picnic with Eva on Monday bring 3 cakes',
      4 * (3.2 / 4.2) - 1 - 2 * 0.15,
    ],
    ['a person of the past', 'picnic with Tom on Sunday bring 3 cakes', 4 * (3.1 / 4.2) - 0.7 - 2 * 0.15],
    ['a wrong count', 'picnic with Eva on Sunday bring 2 cakes', 4 * (3.8 / 4.2) - 0.7 - 0.1 - 2 * 0.15],
    ['a filler', 'so picnic with Eva on Sunday bring 3 cakes', 4 - 0.15],
    ['a repetition', 'picnic with Eva on Sunday bring 3 cakes cakes', 4 - 0.4 - 0.15],
    ['bare words', 'picnic Eva Sunday 3 cakes', 4 - 3 * 0.1],
    ['another order', 'with Eva picnic on Sunday bring 3 cakes', 4 - 0.05],
    ['no word', 'xyzzy picnic with Eva on Sunday bring 3 cakes', 4 - 0.5 - 0.15],
    ['nothing', ' ... ', -2],
  ])('takes off for %s', (_, summary, expected) => {
    expect(score(summary)).toBeCloseTo(expected, 10);
  });

  it('rarely ties between two readers of one post', async () => {
    const [records, others] = [await collect(21, 2000), await collect(22, 2000)];
    let ties = 0;
    for (const [index, record] of records.entries()) {
      const { response } = record;
      const other = others[index]?.response ?? '';
      if (other !== response && oracleScore(record, response) === oracleScore(record, other)) ties++;
    }
    expect(ties / records.length).toBeLessThan(0.01);
  });

  it('refuses a prompt that it did not write', () => {
    expect(() => oracleScore({ id: 'r9', prompt: 'I made soup.' }, 'soup')).toThrow(
      expect.objectContaining({
        code: 'no-facts',
        message: expect.stringContaining('Record r9: the prompt'),
      }),
    );
    expect(() => oracleScore({ prompt: 'I made soup.' }, 'soup')).toThrow('The prompt "I made soup." is not');
  });
});
