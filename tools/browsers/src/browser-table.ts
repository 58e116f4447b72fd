import { type BackEnd, backEnds, computations } from './computations.js';
import { browserEntries } from './entries.js';

const NAMES: Readonly<Record<BackEnd, string>> = {
  cpu: 'CPU',
  wasm: 'WASM',
  webgl: 'WebGL',
  webgpu: 'WebGPU',
};

/** The table of docs/browsers.md. */
export function browserTable(): string {
  const rows = browserEntries.map(({ entry, page, has, limit = '' }) => [`\`${entry}\``, has, page, limit]);
  return table(['entry', 'what it has', 'in a page', 'limits there'], rows);
}

/** The table of what was computed where. */
export function backEndTable(): string {
  const rows = Object.keys(computations).map((entry) => [`\`${entry}\``, ...backEnds.map(() => 'the same')]);
  return table(['entry', ...backEnds.map((name) => NAMES[name])], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
