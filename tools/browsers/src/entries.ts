import entries from '../entries.json' with { type: 'json' };

/** An entry of a package, and what a page can do with it. */
export interface BrowserEntry {
  readonly entry: string;
  /**
   * Whether it `runs` in a page; a page `imports` it without harm, but what it has needs Node, as where another entry imports it; or
   * bundlers refuse it (`no`).
   */
  readonly page: 'runs' | 'imports' | 'no';
  readonly has: string;
  /** What of it a page cannot do. */
  readonly limit?: string;
}

/** Every entry of every package: what is checked, and what docs/browsers.md says. */
export const browserEntries: readonly BrowserEntry[] = entries as readonly BrowserEntry[];
