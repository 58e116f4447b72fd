import { html, type Markup } from './markup.js';

/** Names with their values, such as settings. */
export function definitionList(entries: readonly (readonly [string, string | number])[]): Markup {
  return html`<dl>${entries.map(
    ([name, value]) =>
      html`<dt>${name}</dt><dd>${typeof value === 'number' ? value.toLocaleString('en-US', { maximumSignificantDigits: 10 }) : value}</dd>`,
  )}</dl>`;
}
