import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { AS_PROMISED, type SignalRow, type SoakResults } from '../commands/soak-results.js';

/** What `pnpm fuzz all` leaves, as far as it is published. */
export interface FuzzFigures {
  readonly from: string;
  readonly to: string;
  readonly versions: readonly string[];
  readonly readers: Readonly<Record<string, ReaderFigures>>;
}

interface ReaderFigures {
  readonly cases: number;
  readonly accepted: number;
  readonly refused: number;
  readonly slowestMilliseconds: number;
  readonly peakResidentBytes: number;
  readonly findings: readonly unknown[];
  readonly fixed: number;
}

/** What is aimed at; the tables say where it is not reached. */
const WANTED = { cases: 1_000_000, kills: 1_000, disks: 100, hours: 12 };

/** The repository, from a package in it: this module lies elsewhere once it is built. */
const ROOT = resolve(dirname(createRequire(import.meta.url).resolve('@ais/cli/package.json')), '..', '..');
const place = (path: string): string => join(ROOT, path);
const read = <T>(path: string): T => JSON.parse(readFileSync(place(path), 'utf8')) as T;

export const PAGE: string = place('docs/trust.md');
const START = '<!-- figures: pnpm soak publish -->';
const END = '<!-- /figures -->';

/** The page with the figures that are committed. */
export function withFigures(page: string): string {
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for the figures.`);
  const figures = renderFigures(
    read<FuzzFigures>('tools/fuzz/results.json'),
    read<SoakResults>('tools/soak/results.json'),
  );
  return `${before}${START}\n\n${figures}\n\n${END}${after}`;
}

/** The tables of what was done to readers and commands. */
export function renderFigures(fuzz: FuzzFigures, soak: SoakResults): string {
  const parts = [
    renderOverview(fuzz, soak),
    renderFuzz(fuzz),
    renderKills(soak),
    renderDisks(soak),
    renderSignals(soak),
    renderHours(soak),
  ];
  return parts.join('\n\n');
}

function renderOverview({ readers }: FuzzFigures, { kills, disks, signals, hours }: SoakResults): string {
  const total = <Part>(parts: readonly Part[], of: (part: Part) => number): number =>
    parts.reduce((sum, part) => sum + of(part), 0);
  const read = Object.values(readers);
  const full = Object.values(disks);
  const tried = signals.flatMap(({ outcomes }) => Object.values(outcomes));
  const killed = Object.values(kills);
  return table(
    ['check', 'done', 'wanted', 'problems, fixed ones included'],
    [
      [
        'mutated files and answers',
        count(total(read, ({ cases }) => cases)),
        count(WANTED.cases),
        count(total(read, ({ findings, fixed }) => findings.length + fixed)),
      ],
      [
        'kills',
        count(total(killed, (command) => command.kills)),
        `${count(WANTED.kills)} of each command`,
        count(total(killed, ({ differences }) => differences)),
      ],
      [
        'full disks',
        count(total(full, (command) => command.full)),
        count(WANTED.disks),
        count(total(full, ({ problems }) => problems)),
      ],
      [
        'signals and closed pipes',
        count(tried.length),
        'each in each phase',
        count(tried.filter((outcome) => outcome !== AS_PROMISED).length),
      ],
      [
        'hours of training',
        total(hours, (call) => call.hours).toFixed(1),
        count(WANTED.hours),
        count(total(hours, ({ differences }) => differences)),
      ],
    ],
  );
}

function renderFuzz({ readers, ...when }: FuzzFigures): string {
  const rows = Object.entries(readers);
  const sum = (of: (reader: ReaderFigures) => number): number =>
    rows.reduce((so, [, reader]) => so + of(reader), 0);
  const most = (of: (reader: ReaderFigures) => number): number =>
    Math.max(...rows.map(([, reader]) => of(reader)));
  const megabytes = (bytes: number): string => count(Math.round(bytes / 1e6));
  const line = (name: string, reader: ReaderFigures, open: number): string[] => [
    name,
    ...[reader.cases, reader.accepted, reader.refused, reader.fixed, open, reader.slowestMilliseconds].map(
      count,
    ),
    megabytes(reader.peakResidentBytes),
  ];
  const cases = sum((reader) => reader.cases);
  return [
    '### Mutated files and answers',
    '',
    `\`pnpm fuzz all\`: ${count(cases)} of ${count(WANTED.cases)} cases so far. ${conditions(when)} A finding is a reading that computes for more than a second, ` +
      'an error without a code, or a process of more than 1,024 MiB; "fixed" ones were found in an earlier version. Readers without a row wait for their turn.',
    '',
    table(
      [
        'reader',
        'cases',
        'accepted',
        'refused',
        'findings, fixed',
        'findings, open',
        'slowest, ms',
        'memory, MB',
      ],
      [
        ...rows.map(([name, reader]) => line(name, reader, reader.findings.length)),
        line(
          '**all**',
          {
            cases,
            accepted: sum(({ accepted }) => accepted),
            refused: sum(({ refused }) => refused),
            findings: [],
            fixed: sum(({ fixed }) => fixed),
            slowestMilliseconds: most(({ slowestMilliseconds }) => slowestMilliseconds),
            peakResidentBytes: most(({ peakResidentBytes }) => peakResidentBytes),
          },
          sum(({ findings }) => findings.length),
        ),
      ],
    ),
  ].join('\n');
}

function renderKills({ kills, ...when }: SoakResults): string {
  return [
    '### Kills',
    '',
    `\`pnpm soak kills\`: SIGKILL at random moments, until the command is done; then what it left is compared with an undisturbed run, but for times. ` +
      `${count(WANTED.kills)} kills of each command are wanted. ${conditions(when)}`,
    '',
    table(
      ['command', 'kills', 'of these before it began', 'runs compared', 'differences'],
      Object.entries(kills).map(([name, figures]) => [
        commandText(name),
        ...[figures.kills, figures.early, figures.runs, figures.differences].map(count),
      ]),
    ),
  ].join('\n');
}

/** `train, online` is the command, and which of its ways. */
function commandText(name: string): string {
  const [command, ...way] = name.split(', ');
  return [`\`ais ${command}\``, ...way].join(', ');
}

function renderDisks({ disks, ...when }: SoakResults): string {
  const total = Object.values(disks).reduce((sum, { full }) => sum + full, 0);
  return [
    '### Full disks',
    '',
    `\`pnpm soak disks\`: ${count(total)} of ${count(WANTED.disks)} so far. The disk has less room than the command needs, by a random amount; the command must name the path and leave ` +
      `no temporary file, and be done with the same bytes once there is room. A problem is fixed once it is found, and still counted. ${conditions(when)}`,
    '',
    table(
      ['command', 'full disks', 'problems'],
      Object.entries(disks).map(([name, { full, problems }]) => [
        commandText(name),
        count(full),
        count(problems),
      ]),
    ),
  ].join('\n');
}

function renderSignals({ signals, ...when }: SoakResults): string {
  const kinds = [...new Set(signals.flatMap(({ outcomes }) => Object.keys(outcomes)))];
  const broken = ({ outcomes }: SignalRow): string =>
    kinds
      .filter((kind) => outcomes[kind] !== AS_PROMISED)
      .map((kind) => `${kind}: ${outcomes[kind] ?? 'not tried'}`)
      .join('; ');
  // One row for all phases of a command with the same outcome on a back end.
  const phases = new Map<string, string[]>();
  for (const row of signals) {
    const key = [commandText(row.command), row.backend, broken(row) || 'held'].join(' | ');
    phases.set(key, [...(phases.get(key) ?? []), row.phase]);
  }
  return [
    '### Signals and closed pipes',
    '',
    `\`pnpm soak signals\`: ${kinds.join(', ')}, each in each phase; then the command resumes, and is compared as above. ${conditions(when)}`,
    '',
    table(
      ['command', 'back end', 'outcome', 'phases'],
      [...phases].map(([key, names]) => [key, names.join('; ')]),
    ),
  ].join('\n');
}

function renderHours({ hours, ...when }: SoakResults): string {
  const total = hours.reduce((sum, each) => sum + each.hours, 0);
  return [
    '### Hours of training',
    '',
    `\`pnpm soak hours\`: ${total.toFixed(1)} of ${WANTED.hours} hours so far. A run that nothing disturbs, and beside it the same run, ` +
      `killed now and then and resumed; a call continues the one before it. Differences are updates with other metrics, and other checkpoints. ${conditions(when)}`,
    '',
    table(
      [
        'model',
        'hours',
        'updates',
        'kills',
        'updates repeated',
        'differences',
        'memory at the start, MiB',
        'at the end',
      ],
      hours.map(({ size, backend, residentMegabytes: memory, ...each }) => [
        `Pythia ${size}, ${backend}`,
        each.hours.toFixed(1),
        ...[each.steps, each.kills, each.repeated, each.differences, memory[0] ?? 0, memory.at(-1) ?? 0].map(
          count,
        ),
      ]),
    ),
  ].join('\n');
}

function conditions({ from, to, versions }: Pick<SoakResults, 'from' | 'to' | 'versions'>): string {
  return `${from === to ? from : `${from} to ${to}`}; ${versions.join('; ')}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None yet.';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
