import type { ReportedSample } from '../data/reported.js';
import { methodColor, methodMark } from '../figures/method-mark.js';
import { html, type Markup, trusted } from './markup.js';
import { decimal } from './number-format.js';
import { promptOpenings } from './prompt-openings.js';

// Longer prompts are folded, so that the responses stay side by side on the screen.
const foldAbove = 420;

/**
 * Prompts with every policy's response side by side.
 *
 * @param list the samples
 * @param positions of the methods' marks by name; others have none
 * @param referenceTitle what the reference response is called
 */
export function sampleCards(
  list: readonly ReportedSample[],
  positions: ReadonlyMap<string, number>,
  referenceTitle: string,
): Markup {
  const openings = promptOpenings(
    list.map(({ prompt }) => prompt),
    90,
  );
  return html`${list.map(({ prompt, reference, responses }, index) => {
    const text = html`<p class="prompt">${prompt}</p>`;
    return html`<article class="card sample" aria-label="Sample ${index + 1}">
${prompt.length > foldAbove ? html`<details><summary>Prompt ${index + 1}: ${titleOf(prompt) ?? openings[index] ?? ''}</summary>${text}</details>` : html`<h3>Prompt ${index + 1}</h3>${text}`}
<div class="answers">
<div class="answer"><h4>${capitalized(referenceTitle)}</h4><p>${reference.text}</p>${
      reference.reward === undefined
        ? ''
        : html`<div class="reward">gold reward ${decimal(reference.reward)}</div>`
    }</div>
${responses.map(({ method, text: answer, reward }) => {
  const position = positions.get(method);
  const tone = position === undefined ? '' : `--tone:${methodColor(position)}`;
  return html`<div class="answer" data-method="${position ?? ''}" style="${tone}"><h4>${position === undefined ? '' : trusted(methodMark(position))}${method}</h4><p>${
    answer.trim() === '' ? '(empty)' : answer
  }</p>${
    Number.isFinite(reward)
      ? html`<div class="reward">gold reward ${decimal(reward)}${comparison(reward, reference.reward)}</div>`
      : ''
  }</div>`;
})}
</div>
</article>`;
  })}`;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Of a TL;DR prompt. */
function titleOf(prompt: string): string | undefined {
  const title = /^TITLE: (.+)$/m.exec(prompt)?.[1];
  return title !== undefined && title.length > 90 ? `${title.slice(0, 90).trimEnd()}…` : title;
}

function comparison(reward: number, reference: number | undefined): string {
  if (reference === undefined) return '';
  if (reward === reference) return ' · = ties with the reference';
  return reward > reference ? ' · ▲ beats the reference' : ' · ▼ loses to the reference';
}
