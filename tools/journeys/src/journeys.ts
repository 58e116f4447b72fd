import { openInChromium } from './open-in-chromium.js';

/** A way from an empty folder to something that works, as a page describes it. */
export interface Journey {
  readonly name: string;
  /** From the root of the workspace. */
  readonly page: string;
  readonly goal: string;
  /** Looks at what the reader has made, in the reader's folder; what does not hold is an error. */
  readonly atTheEnd?: (folder: string) => Promise<void>;
}

export const JOURNEYS: readonly Journey[] = [
  {
    name: 'page',
    page: 'docs/quick-start/one-package.md',
    goal: 'one loss in training code of your own, in a page of a browser',
    atTheEnd: (folder) => openInChromium(`${folder}/dist`, /prefers the first response/),
  },
  {
    name: 'objective',
    page: 'docs/write-an-objective.md',
    goal: 'a new objective, written, tested, published, and used by its name',
  },
  {
    name: 'model',
    page: 'docs/quick-start/your-data.md',
    goal: 'a CSV file, an aligned SmolLM2, and its answer in llama.cpp',
  },
];
