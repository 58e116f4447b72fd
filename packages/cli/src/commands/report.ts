import { asOnlyWriter } from '@ais/runtime/files';
import { Command } from 'commander';
import { collect } from '../option-values.js';
import { isSamePlace } from '../output-file.js';
import { UsageError } from '../usage-error.js';

interface ReportFlags {
  readonly out?: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

/** `ais report`: the report of finished studies or of runs, drawn again, written for a repository, or side by side. */
export function reportCommand(): Command {
  return new Command('report')
    .summary('draw reports again, or compare runs')
    .description('Draw the report of studies or of a training run again, or of training runs side by side.')
    .argument(
      '<folders...>',
      'a folder with study.json, with folders of studies, or of a run; several of studies; or several runs of ais train, to compare',
    )
    .option(
      '--out <folder>',
      'write there instead: the report, figures as SVG, README.md, and the data of studies',
    )
    .option(
      '--allow <file>',
      'the file of a study of your own that may be run: one that a folder names, or where that file is now',
      collect,
    )
    .option('--json', 'print one JSON object on standard output')
    .action(writeReport);
}

async function writeReport(folders: string[], { out, allow, json }: ReportFlags): Promise<void> {
  const replaced = folders.length > 1 ? folders.find((folder) => out && isSamePlace(folder, out)) : undefined;
  if (replaced !== undefined) {
    throw new UsageError(
      `--out ${out} is ${replaced === out ? '' : `${replaced}, `}one of the folders that are read: what is in it would be replaced by what is made of it. Name another folder.`,
    );
  }
  const { diagnoseRun, isTrainingRun, redrawReport } = await import('@ais/studies/reports');
  const place = out ?? folders[0];
  const draw = (): Promise<string[]> => redrawReport(folders, out, allow);
  const written = place === undefined ? await draw() : await asOnlyWriter(place, draw);
  const runs = await Promise.all(
    folders.filter(isTrainingRun).map(async (folder) => ({ folder, findings: await diagnoseRun(folder) })),
  );
  for (const { folder, findings } of runs) {
    for (const { code, level, title, evidence } of findings) {
      if (level === 'normal') continue;
      process.stderr.write(`${folder}: ${title}. ${evidence.join(' ')} (docs/reading-a-run.md#${code})\n`);
    }
  }
  const diagnosed = runs.length > 0 && { runs };
  process.stdout.write(json ? `${JSON.stringify({ written, ...diagnosed })}\n` : `${written.join('\n')}\n`);
}
