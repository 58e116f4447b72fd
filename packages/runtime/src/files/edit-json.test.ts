import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editJson } from './edit-json.js';

describe('editJson', () => {
  it('keeps numbers as they are written', () => {
    const text =
      '{"model_max_length": 1000000000000000019884624838656, "a": [1.0, -1e-05, 0.1, "12e"], "b": "\\"7\\\\"}';
    expect(editJson(text, { eos_token: '</s>' })).toBe(
      `{
  "model_max_length": 1000000000000000019884624838656,
  "a": [
    1.0,
    -1e-05,
    0.1,
    "12e"
  ],
  "b": "\\"7\\\\",
  "eos_token": "</s>"
}
`,
    );
  });

  it('changes the keys that are given, and no other', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (json, value) => {
        // JSON has no negative zero.
        const plain = JSON.parse(JSON.stringify(json)) as object;
        expect(JSON.parse(editJson(JSON.stringify(json), { key: value }))).toEqual({
          ...plain,
          key: JSON.parse(JSON.stringify(value)),
        });
      }),
    );
  });
});
