import { createInterface } from 'node:readline/promises';
import type { ModelForm, PreparedPush, StoredAs } from '@ais/pipeline';
import { Command, Option } from 'commander';
import { printable, warn } from '../printable.js';
import { onTerminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { ggufType, storedAs, weightDtype } from './stored-as.js';

interface PushFlags extends StoredAs {
  readonly model: string;
  readonly to: ModelForm;
  readonly public?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `ais model push`: a model with its card into a repository on the Hugging Face Hub. */
export function pushCommand(): Command {
  return new Command('push')
    .description('Upload a model with its card to the Hugging Face Hub, with the token in HF_TOKEN.')
    .argument('<repository>', 'owner/name; made if there is none, private by default')
    .requiredOption('--model <name>', 'a run, a folder, a GGUF file, or a name')
    .addOption(
      new Option('--to <form>', 'what to upload').choices(['folder', 'adapter', 'gguf']).default('folder'),
    )
    .addOption(ggufType())
    .addOption(weightDtype())
    .option('--public', 'make the repository public, or upload to one that is')
    .option('--dry-run', 'list the files and show the card, and send nothing')
    .option('--yes', 'upload without asking')
    .option('--json', 'print one JSON object on standard output, everything else on standard error')
    .action(push);
}

async function push(repository: string, flags: PushFlags): Promise<void> {
  const isPrivate = flags.public !== true;
  if (!flags.dryRun && !flags.yes && process.stdin.isTTY !== true) {
    throw new UsageError(
      'An upload asks first, and there is no terminal. Look at it with --dry-run, then say --yes.',
    );
  }
  const { model, to } = flags;
  const { preparePush } = await import('@ais/pipeline');
  const prepared = await preparePush({
    model,
    repository,
    to,
    isPrivate,
    onWarning: warn,
    ...storedAs(flags),
  });
  try {
    const { files, card } = prepared;
    if (flags.dryRun) {
      process.stdout.write(
        flags.json
          ? `${JSON.stringify({ repository, private: isPrivate, files, card })}\n`
          : printable(`${listing(repository, isPrivate, files)}\n\n${card}`),
      );
      return;
    }
    process.stderr.write(printable(`${listing(repository, isPrivate, files)}\n`));
    if (!flags.yes && !(await confirmed())) {
      process.stderr.write('Nothing was uploaded.\n');
      return;
    }
    const { url, commit } = await upload(prepared);
    process.stdout.write(flags.json ? `${JSON.stringify({ url, commit })}\n` : `${url}\n`);
  } finally {
    await prepared.dispose();
  }
}

function upload({ files, upload }: PreparedPush): ReturnType<PreparedPush['upload']> {
  const sizes = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const sent = new Map<string, number>();
  const megabytes = (all: Iterable<number>): number =>
    Math.ceil([...all].reduce((sum, bytes) => sum + bytes, 0) / 1e6);
  return onTerminal(
    ({ reporter, signal }) =>
      upload({
        signal,
        onProgress: ({ file, share }) => {
          sent.set(file, share * (sizes.get(file) ?? 0));
          reporter.report({
            task: 'Uploading',
            completed: megabytes(sent.values()),
            total: megabytes(sizes.values()),
            detail: 'MB',
          });
        },
      }),
    { announce: 'Stopping; nothing is in the repository yet.' },
  );
}

function listing(repository: string, isPrivate: boolean, files: PreparedPush['files']): string {
  const width = Math.max(...files.map(({ path }) => path.length));
  return [
    `${repository} (${isPrivate ? 'private' : 'public'})`,
    ...files.map(({ path, bytes }) => `  ${path.padEnd(width)}  ${bytes.toLocaleString('en')} bytes`),
  ].join('\n');
}

async function confirmed(): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Upload? [y/N] ')).trim());
  } finally {
    lines.close();
  }
}
