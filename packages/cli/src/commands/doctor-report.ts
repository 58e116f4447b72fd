import type { BackendDiagnosis, Diagnosis } from '@ais/runtime/doctor';
import { count } from '../count.js';
import { type PrivateNames, withoutPrivateData } from '../private-data.js';

/** The contents of a report beside the diagnosis. */
export interface ReportFacts {
  /** The version of `ais`. */
  readonly version: string;
  readonly names: PrivateNames;
}

/** Variables whose names, and not their values, help to explain a diagnosis. */
const TELLING =
  /^(AIS_|TF_|TFJS_|CUDA_VISIBLE|HF_(HOME|HUB|ENDPOINT)|PIP_INDEX|NODE_OPTIONS$|NODE_EXTRA|HTTPS?_PROXY$|NO_PROXY$|CXX$)/i;

/** The diagnosis as Markdown to paste into an issue, without what is its user's alone. */
export function doctorReport(diagnosis: Diagnosis, { version, names }: ReportFacts): string {
  const { backend, backends, machine } = diagnosis;
  const clean = (text: string): string => withoutPrivateData(text, names);
  const rows = backends.map(({ backend: name, works, reason, remedy, versions, measurement }) => [
    name === backend ? `**${name}**` : name,
    works && measurement ? speed(measurement) : 'does not run',
    works
      ? Object.entries(versions)
          .map(([what, number]) => `${what} ${number}`)
          .join(', ')
      : `${clean(reason ?? '')}${remedy === null ? '' : `; \`${clean(remedy)}\``}`,
  ]);
  const variables = Object.keys(names.environment)
    .filter((name) => TELLING.test(name) && names.environment[name])
    .sort();
  return `${[
    '### ais doctor',
    '',
    '| | |',
    '|---|---|',
    `| ais | ${version} |`,
    `| Node | ${machine.node} |`,
    `| platform | ${machine.platform} ${machine.architecture} |`,
    `| processor | ${cell(machine.processor)}, ${count(machine.cores, 'core')} |`,
    `| memory | ${gigabytes(machine.memoryBytes)}, ${gigabytes(machine.freeMemoryBytes)} free |`,
    `| variables that are set | ${variables.length === 0 ? 'none' : variables.map((name) => `\`${name}\``).join(', ')} |`,
    '',
    '| back end | speed | versions, or why it does not run |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n')}\n`;
}

function speed({ gigaflopsPerSecond, threads }: NonNullable<BackendDiagnosis['measurement']>): string {
  const rate = `${gigaflopsPerSecond.toPrecision(3)} GFLOP/s`;
  return threads === undefined ? rate : `${rate} on ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** A text that a cell of a table holds. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
}

/** `1.5 GB` of 1_500_000_000 bytes. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
