import { describe, expect, it } from 'vitest';
import {
  adaptiveImportance,
  cispo,
  dpo,
  gspo,
  humanline,
  ipo,
  luspo,
  rpo,
  sftLoss,
  tokenWeighted,
  weightBounds,
} from '../index.js';

type Factory = (options: never) => unknown;

const pool = ['response', 'pair'];
const choices: [string, string, readonly string[], Factory][] = [
  ['ipo', 'form', ['standard', 'paper'], (own: object) => ipo({ beta: 0.1, ...own })],
  ['rpo', 'average', ['none', 'response', 'batch'], (own: object) => rpo({ beta: 0.1, ...own })],
  ['sftLoss', 'average', ['response', 'batch'], sftLoss],
  ['adaptiveImportance', 'pool', pool, adaptiveImportance],
  ['tokenWeighted', 'pool', pool, (own: object) => tokenWeighted(dpo({ beta: 0.1 }), own)],
];

const flags: [string, string, Factory][] = [
  ['ipo', 'lengthNormalized', (own: object) => ipo({ beta: 0.1, ...own })],
  ['gspo', 'scale', gspo],
  ['luspo', 'scale', luspo],
  ['cispo', 'scale', cispo],
  ['adaptiveImportance', 'differentiable', adaptiveImportance],
  ['adaptiveImportance', 'selfNormalized', adaptiveImportance],
  ['adaptiveImportance', 'meanWeightOnly', adaptiveImportance],
];

const refusal = (message: string) =>
  expect.objectContaining({ code: 'invalid-option', message: `@ais/objectives: ${message}` });

describe.each(choices)('%s', (owner, option, allowed, make) => {
  it(`takes one of the values of ${option}, and no other`, () => {
    for (const value of allowed) expect(() => make({ [option]: value } as never)).not.toThrow();
    const expected = `one of ${allowed.join(', ')}`;
    for (const [value, shown] of [
      ['trl', '"trl"'],
      [null, 'null'],
      [1, '1'],
      ['toString', '"toString"'],
    ]) {
      expect(() => make({ [option]: value } as never)).toThrow(
        refusal(`${owner}: ${option} must be ${expected}, got ${shown}.`),
      );
    }
  });
});

describe.each(flags)('%s', (owner, option, make) => {
  it(`takes true or false for ${option}, and no word`, () => {
    for (const value of [true, false]) expect(() => make({ [option]: value } as never)).not.toThrow();
    for (const [value, shown] of [
      ['no', '"no"'],
      [0, '0'],
      [null, 'null'],
    ]) {
      expect(() => make({ [option]: value } as never)).toThrow(
        refusal(`${owner}: ${option} must be true or false, got ${shown}.`),
      );
    }
  });
});

it('takes numbers for bounds, and no words', () => {
  const words = { lower: '-1', upper: '2' } as never;
  const bounds = 'must have a lower bound no greater than its upper bound, got "-1" and "2".';
  expect(() => adaptiveImportance({ clip: words })).toThrow(refusal(`adaptiveImportance: clip ${bounds}`));
  expect(() => weightBounds({ mask: words })).toThrow(refusal(`weightBounds: mask ${bounds}`));
  expect(() => humanline(dpo({ beta: 0.1 }), words)).toThrow(
    refusal(
      'humanline: lower must be below 0 and upper above, because training starts at log-ratios of 0, got "-1" and "2".',
    ),
  );
});

it('takes kernels, or false, for vespo', () => {
  for (const vespo of [false, {}, { chosen: { k: 1, lambda: 1 } }] as const) {
    expect(() => weightBounds({ vespo })).not.toThrow();
  }
  expect(() => weightBounds({ vespo: 'no' as never })).toThrow(
    refusal(
      'weightBounds: vespo must be false or an object of kernels ({} for the authors\' own), got "no".',
    ),
  );
});
