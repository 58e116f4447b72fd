import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html, trusted } from './markup.js';

describe('html', () => {
  test('escapes what is put into it, and nothing else', () => {
    expect(html`<b title="${'"<&>\''}">${['a<b', html`<i>${1}</i>`]}</b>${trusted('<hr>')}`.markup).toBe(
      '<b title="&quot;&lt;&amp;&gt;&#39;">a&lt;b<i>1</i></b><hr>',
    );
  });

  test('no text can open a tag, end an attribute or write a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { markup } = html`${text}`;
        expect(markup).not.toMatch(/[<>"']/);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone
        expect(markup).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
        expect(markup.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
  });
});
