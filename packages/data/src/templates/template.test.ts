import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { templates } from './built-in.js';
import { createTemplate, type TemplateFile } from './template.js';

const file: TemplateFile = {
  name: 'mine',
  prompt: 'Question: {question}\nAnswer:',
  response: ' {answer}',
  cut: 'question',
};

describe('createTemplate', () => {
  it('renders fields as they are: no space is put in, none is taken away', () => {
    const template = createTemplate(file);
    fc.assert(
      fc.property(fc.string(), fc.string(), (question, answer) => {
        const { text, cut } = template.prompt({ question, answer });
        expect(text).toBe(`Question: ${question}\nAnswer:`);
        expect(cut).toEqual([10, 10 + question.length]);
        expect(template.response({ question, answer })).toBe(` ${answer}`);
      }),
    );
    expect(template).toMatchObject({
      promptFields: ['question'],
      responseFields: ['answer'],
      cut: 'question',
    });
  });

  it('trims the fields that it says it trims', () => {
    const template = createTemplate({ ...file, trim: ['answer'] });
    expect(template.response({ answer: ' So.\n' })).toBe(' So.');
    expect(template.prompt({ question: ' Why? ' }).text).toBe('Question:  Why? \nAnswer:');
  });

  it('takes doubled braces for braces, and inserts values literally', () => {
    const template = createTemplate({ prompt: '{{"q": "{q}"}}', response: '{a}{a}' });
    expect(template.prompt({ q: '{a} $& $1' })).toEqual({ text: '{"q": "{a} $& $1"}' });
    expect(template.response({ a: '{q}' })).toBe('{q}{q}');
  });

  it('makes the same template of what it writes', () => {
    for (const template of Object.values(templates)) {
      const again = createTemplate(JSON.parse(JSON.stringify(template)));
      expect(again).toMatchObject({
        name: template.name,
        fingerprint: template.fingerprint,
        promptFields: template.promptFields,
        responseFields: template.responseFields,
      });
    }
  });

  it('has a fingerprint of how it renders, not of its name', () => {
    const { fingerprint } = createTemplate(file);
    expect(createTemplate({ ...file, name: 'other' }).fingerprint).toBe(fingerprint);
    for (const change of [
      { prompt: 'Question: {question}\nAnswer: ' },
      { response: '{answer}' },
      { trim: ['answer'] },
    ]) {
      expect(createTemplate({ ...file, ...change }).fingerprint).not.toBe(fingerprint);
    }
    const { cut: _, ...uncut } = file;
    expect(createTemplate(uncut).fingerprint).not.toBe(fingerprint);
  });

  it.each<[string, unknown, RegExp]>([
    ['something else', [], /expected an object with prompt and response/],
    ['no response', { prompt: 'a' }, /response must be a string/],
    ['an unknown key', { ...file, system: 'a' }, /unknown key "system"; a template has name, prompt/],
    ['a response without a field', { ...file, response: 'yes' }, /the response has no field/],
    [
      'a field that cannot be cut',
      { ...file, cut: 'answer' },
      /cut is "answer", which is not a field of the prompt/,
    ],
    ['two places to cut', { ...file, prompt: '{question}{question}' }, /has \{question\} 2 times/],
    ['a field that is not there to trim', { ...file, trim: ['a'] }, /trim has "a"/],
    ['a list that is none', { ...file, trim: 'answer' }, /trim must be a list/],
    ['a brace alone', { ...file, prompt: '{"a": {question}}' }, /prompt: "\{" is not a placeholder.*\{\{/],
    [
      'a placeholder with spaces',
      { ...file, prompt: '{ question }' },
      /"\{ question \}" is not a placeholder/,
    ],
    ['an empty placeholder', { ...file, response: '{}' }, /response: "\{\}" is not a placeholder/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => createTemplate(wrong as TemplateFile, 'mine')).toThrow(
      expect.objectContaining({ code: 'invalid-template', message: expect.stringMatching(message) }),
    );
    expect(() => createTemplate(wrong as TemplateFile, 'mine')).toThrow(/Template mine/);
  });

  it('names a field that is missing', () => {
    expect(() => createTemplate(file).prompt({ answer: 'a' })).toThrow(
      expect.objectContaining({ code: 'missing-field', place: { field: 'question' } }),
    );
    expect(() => createTemplate({ ...file, prompt: '{toString}', cut: 'toString' }).prompt({})).toThrow(
      /toString/,
    );
  });
});
