import { element } from './element.js';

export interface Table {
  readonly element: HTMLElement;
  readonly rows: HTMLTableSectionElement;
}

/** A table that scrolls by itself where it is wider than the page. */
export function table(title: string, heads: readonly string[]): Table {
  const rows = element('tbody');
  return {
    rows,
    element: element(
      'div',
      { class: 'live-scroll', tabindex: 0, role: 'region', 'aria-label': title },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
        ),
        rows,
      ),
    ),
  };
}
