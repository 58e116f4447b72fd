import { expect, it } from 'vitest';
import { withoutEndText } from './without-end-text.js';

it.each([
  [' Made soup.', ' Made soup.'],
  [' Made soup. \n', ' Made soup. \n'],
  [' Made soup.</s>', ' Made soup.'],
  [' Made soup. </s>\n', ' Made soup. '],
  ['Made soup.</s></s> </s>', 'Made soup.'],
  ['Made soup.<|endoftext|>', 'Made soup.'],
  ['The tag </s> ends it.', 'The tag </s> ends it.'],
  ['</s>', ''],
  ['', ''],
])('takes %j for %j', (response, text) => {
  expect(withoutEndText(response, { endOfText: '</s>' })).toBe(text);
});
