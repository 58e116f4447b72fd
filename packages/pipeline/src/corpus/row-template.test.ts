import { templates } from '@ais/data';
import { chatTemplates } from '@ais/data/chat';
import { expect, test } from 'vitest';
import { rowTemplate } from './row-template.js';

const chatTemplate = chatTemplates['chatml'];
const tldr = templates['tldr'];

test('the template that was asked for comes before that of the model', async () => {
  expect(await rowTemplate('chat', { template: tldr, chatTemplate })).toBe(chatTemplate);
  expect(await rowTemplate('question-answer', { template: tldr, chatTemplate })).toBe(
    templates['question-answer'],
  );
  const own = await rowTemplate({ prompt: '{asked}', response: ' {said}', name: 'mine' }, { template: tldr });
  expect([own?.name, own && 'promptFields' in own && own.promptFields]).toEqual(['mine', ['asked']]);
  expect(await rowTemplate(undefined, { template: tldr, chatTemplate })).toBe(tldr);
});

test('conversations are told by their columns, whatever the model has learned', async () => {
  expect(await rowTemplate(undefined, { template: chatTemplate, chatTemplate })).toBeUndefined();
  expect(await rowTemplate(undefined, {})).toBeUndefined();
});

test('what there is not is refused, with the remedy', async () => {
  await expect(rowTemplate('chat', { template: tldr })).rejects.toMatchObject({
    code: 'missing-setting',
    message: expect.stringContaining('--chat-template chatml'),
  });
  await expect(rowTemplate('question', {})).rejects.toThrow(/There is no template "question"/);
});
