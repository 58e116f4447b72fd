import { describe, expect, it, test } from 'vitest';
import { factsScore } from './facts-score.js';
import { factsRequest, factsSentence } from './facts-source.js';
import type { PlaceFact } from './place-facts.js';

const facts: readonly PlaceFact[] = [
  { kind: 'name', value: 'The Old Mill' },
  { kind: 'kind', value: 'café' },
  { kind: 'food', value: 'Greek' },
  { kind: 'near', value: 'the old town' },
  { kind: 'closed', value: 'Monday' },
];
const prompt = factsRequest(facts);
const score = (response: string): number => factsScore({ prompt }, response);
const ideal = 'The Old Mill is a Greek café near the old town, closed on Monday.';

describe('factsScore', () => {
  it('gives the shortest sentence with all facts the most, and other good ones as much', () => {
    expect(factsSentence(facts)).toBe(ideal);
    for (const good of [
      ideal,
      'The Old Mill is a cafe that serves Greek food near the old town and is closed on Mondays.',
      'Near the old town, The Old Mill is a café with Greek dishes, closed every Monday.',
    ]) {
      expect(score(good)).toBe(10);
    }
  });

  it('gives more for each further fact', () => {
    const said = [
      'The Old Mill is open.',
      'The Old Mill is a café.',
      'The Old Mill is a Greek café.',
      'The Old Mill is a Greek café near the old town.',
      ideal,
    ].map(score);
    expect(said).toEqual(said.toSorted((a, b) => a - b));
    expect(new Set(said).size).toBe(5);
  });

  it('gives half for a value without what it is of', () => {
    const bare = score('The Old Mill is a Greek café in the old town on Monday.');
    // Of weights 1.3, 1.2, 1.1, 1, and 0.8 the last two count half.
    expect(bare).toBeCloseTo((10 * (1.3 + 1.2 + 1.1 + 0.5 + 0.4)) / 5.4, 10);
  });

  const nonsense: readonly (readonly [what: string, response: string, most: number])[] = [
    ['nothing', '', 0],
    ['white space', ' \n ', 0],
    ['a full stop', '.', 0],
    ['letters', 'eraaaa eraaaa eraaaa.', 0],
    ['words that join', 'It is a place that is near and has prices.', 0],
    ['praise', 'What a wonderful, charming, and unforgettable experience this is!', 0],
    ['another place', 'The Red Barn is a Thai pub near the river, closed on Sunday.', 0],
    ['the example', 'The White Horse is a hotel near the beach with a sauna.', 0],
    ['the prompt', prompt, 1.5],
    ['the facts as they are', prompt.split('\n').slice(1).join('\n'), 3],
    ['the facts in a row', 'The Old Mill, café, Greek, near the old town, closed Monday', 3.5],
    ['keywords', 'Old Mill café Greek old town Monday', 3],
    ['the best sentence three times', `${ideal} ${ideal} ${ideal}`, 1],
    ['the best sentence without an end', `${ideal.slice(0, -1)} and and and and and and and and`, 3],
    [
      'the best sentence and a story',
      `${ideal} Once upon a time a miller lived here with Anna and 3 dogs.`,
      2.5,
    ],
    [
      'every value there is',
      'The Old Mill is a café bar pub diner bakery tavern with Greek Thai French Italian food.',
      1.5,
    ],
    ['every day', `${ideal.slice(0, -1)}, Tuesday, Wednesday, Thursday, Friday, Saturday, and Sunday.`, 2],
    ['a list', '- The Old Mill\n- café\n- Greek\n- near the old town\n- closed on Monday', 2.5],
  ];
  test.each(nonsense)('cannot be fooled by %s', (_, response, most) => {
    expect(score(response)).toBeGreaterThanOrEqual(0);
    expect(score(response)).toBeLessThanOrEqual(most);
  });

  it('takes something for each fault, added to the best sentence', () => {
    const kept = (response: string): number => score(response) / 10;
    const sentence = ideal.slice(0, -1);
    expect(kept(`${sentence} and Sunday.`)).toBeCloseTo(Math.exp(-0.3), 10);
    expect(kept('The Old Mill is a Greek café near the old town in Oslo, closed on Monday.')).toBeCloseTo(
      Math.exp(-0.3),
      10,
    );
    expect(kept('The Old Mill is a lovely Greek café near the old town, closed on Monday.')).toBeCloseTo(
      Math.exp(-0.1),
      10,
    );
    expect(kept(`${sentence}, Monday.`)).toBeCloseTo(Math.exp(-0.15), 10);
    expect(kept(`${ideal} It is here.`)).toBeCloseTo(Math.exp(-0.15), 10);
    expect(kept(`Sentence: ${ideal}`)).toBeCloseTo(Math.exp(-0.1 - 0.15), 10);
    expect(kept(sentence)).toBeCloseTo(Math.exp(-0.4), 10);
    expect(kept('The Old Mill: a Greek café near the old town, closed on Monday.')).toBeCloseTo(
      Math.exp(-0.15 - 0.7),
      10,
    );
    // Six words more are free; the seventh is not.
    expect(kept(`${sentence}, and there it is for you.`)).toBe(1);
    expect(kept(`${sentence}, and that is there for you where it`)).toBeLessThan(Math.exp(-0.4));
  });

  it('lets weak responses differ, so that they can be told apart', () => {
    const weak = ['The Old Mill is nice.', 'The Old Mill is nice and good.', 'The Old Mill.'].map(score);
    expect(new Set(weak).size).toBe(3);
  });
});
