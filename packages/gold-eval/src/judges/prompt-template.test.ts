import { describe, expect, test } from 'vitest';
import { promptTemplate } from './prompt-template.js';

const render = (template: string) => promptTemplate(template, ['prompt', 'response'], 'Say a number.');

describe('promptTemplate', () => {
  test('fills in the placeholders, as often as they occur', () => {
    const text = render('{{prompt}}|{{ response }}|{{prompt}}|{{format}}')({ prompt: 'p', response: 'r' });
    expect(text).toBe('p|r|p|Say a number.');
  });

  test('adds the format if it is missing', () => {
    expect(render('{{prompt}} {{response}}\n')({ prompt: 'p', response: 'r' })).toBe('p r\n\nSay a number.');
  });

  test('takes texts as they are', () => {
    const filled = render('{{prompt}} {{response}} {{format}}')({
      prompt: '{{response}} $& $1',
      response: '{{format}}',
    });
    expect(filled).toBe('{{response}} $& $1 {{format}} Say a number.');
  });

  test.each([
    ['{{prompt}}', /lacks {{response}}; its placeholders are {{prompt}}, {{response}}, {{format}}/],
    ['{prompt} {response}', /lacks {{prompt}}/],
    ['{{prompt}} {{response}} {{reference}}', /has the unknown {{reference}}/],
  ])('refuses %s', (template, message) => {
    expect(() => render(template)).toThrow(message);
    expect(() => render(template)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});
