import { expect, it } from 'vitest';
import { flagAt, isLabelAt, labelAt } from './label-field.js';

const row = (label: unknown, isText = false) => ({
  value: { label },
  place: { file: 'a', line: 2 },
  key: '1',
  isText,
});

it.each([
  [true, false, true],
  [0, false, false],
  [' True ', true, true],
  ['0', true, false],
])('%j says what a response is', (label, isText, desirable) => {
  expect(labelAt(row(label, isText), 'label')).toBe(desirable);
  expect(isLabelAt(row(label, isText), 'label')).toBe(true);
});

it('tells labels as words where none should be, and prints what is none', () => {
  expect(isLabelAt(row('false'), 'label')).toBe(true);
  expect(isLabelAt(row('sports'), 'label')).toBe(false);
  expect(isLabelAt(row(undefined), 'label')).toBe(false);
  expect(() => labelAt(row('false'), 'label')).toThrow(
    'a, line 2, field "label": expected true or false, got "false".',
  );
  expect(() => labelAt(row(3n), 'label')).toThrow('got 3.');
  expect(() => labelAt(row(undefined), 'label')).toThrow('field "label": is missing.');
});

it('has no flag where there is no value, and none that is made up', () => {
  expect(flagAt(row(undefined), 'label')).toBeUndefined();
  expect(flagAt(row(null), 'label')).toBeUndefined();
  expect(flagAt(row('', true), 'label')).toBeUndefined();
  expect(flagAt(row('False', true), 'label')).toBe(false);
  expect(() => flagAt(row('no', true), 'label')).toThrow('expected true or false, got "no".');
});
