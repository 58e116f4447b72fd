import { type BackendDiagnosis, type Diagnosis, diagnose } from '@ais/runtime/doctor';
import { Command, InvalidArgumentError } from 'commander';
import packageManifest from '../../package.json' with { type: 'json' };
import { hasColors, styled } from '../colors.js';
import { count } from '../count.js';
import { privateNames } from '../private-data.js';
import { onTerminal } from '../terminal.js';
import { doctorReport, gigabytes } from './doctor-report.js';

interface DoctorFlags {
  readonly backend?: string;
  readonly size: number;
  readonly report?: boolean;
  readonly json?: boolean;
}

/** `ais doctor`: which back end runs, why not a faster one, and how fast each is. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .summary('say which back end runs, and how fast each is')
    .description('Say which back end runs here and why not a faster one, and time a matrix product on each.')
    .option('--backend <name>', 'only this one: native-gpu, native, webgpu, wasm, or cpu')
    .option('--size <number>', 'rows and columns of the matrices', matrixSize, 1024)
    .option('--report', 'print Markdown for an issue, without paths, names, and tokens of yours')
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(runDoctor);
}

function runDoctor(flags: DoctorFlags): Promise<void> {
  return onTerminal(async ({ reporter, signal }) => {
    const diagnosis = await diagnose({
      size: flags.size,
      ...(flags.backend === undefined ? {} : { backend: flags.backend }),
      signal,
      onProgress: (line) => reporter.line(line),
    });
    process.stdout.write(shown(diagnosis, flags));
  });
}

function shown(diagnosis: Diagnosis, { json, report }: DoctorFlags): string {
  if (json) return `${JSON.stringify(diagnosis)}\n`;
  if (report) {
    return doctorReport(diagnosis, { version: packageManifest.version, names: privateNames() });
  }
  const text = describeDiagnosis(diagnosis);
  return hasColors(process.stdout) ? text.replace(/^→.*$/m, (line) => styled('green', line)) : text;
}

/** The diagnosis as a table with notes, for people. */
export function describeDiagnosis({ backend, backends, advice, machine }: Diagnosis): string {
  const rows = backends.map((entry) => [
    `${entry.backend === backend ? '→' : ' '} ${entry.backend}`,
    speed(entry),
    entry.works ? versions(entry) : (entry.reason ?? ''),
  ]);
  const table = [['  back end', 'speed', ''], ...rows];
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const remedies = backends.filter(({ remedy }) => remedy !== null);
  const memory = `${gigabytes(machine.memoryBytes)} of memory, ${gigabytes(machine.freeMemoryBytes)} free`;
  return [
    `Node ${machine.node} on ${machine.platform} ${machine.architecture}, ${count(machine.cores, 'core')} (${machine.processor}), ${memory}`,
    '',
    ...lines,
    '',
    `The back end that runs is ${backend}.`,
    ...remedies.map((entry) => `For ${entry.backend}: ${entry.remedy}`),
    ...(advice === null ? [] : ['', advice]),
    '',
  ].join('\n');
}

function speed({ measurement }: BackendDiagnosis): string {
  if (!measurement) return '—';
  const { gigaflopsPerSecond, size, threads } = measurement;
  const on = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return `${gigaflopsPerSecond.toPrecision(3)} GFLOP/s (${size}² product${on})`;
}

function versions(entry: BackendDiagnosis): string {
  return Object.entries(entry.versions)
    .filter(([name]) => name !== 'node')
    .map(([name, version]) => `${name.replace('@tensorflow/', '')} ${version}`)
    .join(', ');
}

function matrixSize(text: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || size < 1 || size > 8192) {
    throw new InvalidArgumentError('expected a whole number from 1 to 8192.');
  }
  return size;
}
