import { createTemplate, type Template } from './template.js';
import { tldr } from './tldr.js';

/** Prompt and completion as they are, in TRL's names. Where there is a space between them, one of the two brings it. */
export const promptCompletion: Template = createTemplate({
  name: 'prompt-completion',
  prompt: '{prompt}',
  response: '{completion}',
});

export const questionAnswer: Template = createTemplate({
  name: 'question-answer',
  prompt: 'Question: {question}\nAnswer:',
  response: ' {answer}',
});

/** Text without a prompt, which the model learns to write after end-of-text. */
export const plainText: Template = createTemplate({ name: 'text', prompt: '', response: '{text}' });

/** The templates that are known by name. */
export const templates: Readonly<Record<string, Template>> = Object.fromEntries(
  [tldr, promptCompletion, questionAnswer, plainText].map((template) => [template.name, template]),
);
