/**
 * Puts a live part into an element of a page, in place of what is read there without JavaScript.
 *
 * @returns removes the part and ends what it runs
 */
export type Mount = (place: HTMLElement) => () => void;

/** Puts a part's content into its place; what was there returns when the part is removed. */
export function replaceContent(place: HTMLElement, ...content: readonly Node[]): () => void {
  const before = [...place.childNodes];
  place.classList.add('live-part');
  place.replaceChildren(...content);
  return () => {
    place.classList.remove('live-part');
    place.replaceChildren(...before);
  };
}
