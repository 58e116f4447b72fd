import { fileURLToPath } from 'node:url';

// The program is built into one folder, as this file is in one: paths from here hold in both.
const place = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The program that runs one of our sides. */
export const SIDE: string = place('./side.js');

/** The module of the stages that processes of a queue run. */
export const QUEUE_STAGES: string = new URL('./queue-stages.js', import.meta.url).href;

/** The sides in Python, and what they need. */
export const PYTHON: string = place('../python');

/** The published results. */
export const RESULTS: string = place('../results');

/** The page that shows them. */
export const PAGE: string = place('../../docs/benchmarks.md');
