import { Command } from 'commander';

interface ReportFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** `ais report`: the report of a finished run, drawn again or written for a repository. */
export function reportCommand(): Command {
  return new Command('report')
    .description('Draw the report of a finished run again, or write its results for a repository.')
    .argument('<run>', 'the run folder')
    .option('--out <folder>', 'write README.md, the figures as SVG and numbers.json there instead')
    .option('--json', 'print one JSON object on standard output')
    .action(writeReport);
}

async function writeReport(run: string, { out, json }: ReportFlags): Promise<void> {
  const { readDemoReport, writeDemoReport, writeDemoResults } = await import('@ais/studies');
  const data = await readDemoReport(run);
  const written = out === undefined ? [await writeDemoReport(run, data)] : await writeDemoResults(out, data);
  process.stdout.write(json ? `${JSON.stringify({ written })}\n` : `${written.join('\n')}\n`);
}
