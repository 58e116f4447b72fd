import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.js';
import { requireRecord } from './require-record.js';

const text = { id: '1', prompt: '', response: '' };
const at = { owner: 'the source mine', number: 3 };

describe('requireRecord', () => {
  it('takes records of both kinds', () => {
    expect(() => requireRecord(text, 'text', at)).not.toThrow();
    const comparison = { id: '1', prompt: '', chosen: '', rejected: '', family: 'a' };
    expect(() => requireRecord(comparison, 'comparisons', at)).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['an id that is a number', { ...text, id: 1 }, ', field "id": expected a string, got a number. Correct'],
    ['an empty id', { ...text, id: '' }, ', field "id": is empty. Give each record an id of its own.'],
    [
      'no response',
      { id: '1', prompt: '' },
      ', field "response": is missing. Correct what makes the records.',
    ],
    ['a family', { ...text, family: 2 }, ', field "family": expected a string, got a number.'],
    ['nothing', undefined, ': expected an object, got nothing.'],
  ])('refuses %s, naming source, record, and field', (_, record, message) => {
    const check = () => requireRecord(record, 'text', at);
    expect(check).toThrow(DataError);
    expect(check).toThrow(`@ais/data: the source mine, record 3${message}`);
  });

  it('refuses text where there are comparisons', () => {
    expect(() => requireRecord(text, 'comparisons', at)).toThrow('field "chosen": is missing');
  });
});
