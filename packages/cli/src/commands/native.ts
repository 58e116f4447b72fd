import { installNative, type NativeInstallReport } from '@ais/runtime/native';
import { Command } from 'commander';
import { downloadProgress, formatDuration } from '../progress.js';
import { onTerminal } from '../terminal.js';

interface InstallFlags {
  readonly gpu?: boolean;
  readonly indexUrl?: string;
  readonly wheel?: string[];
  readonly compile?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `ais native`: TensorFlow itself, for the back ends that are called native. */
export function nativeCommand(): Command {
  const install = new Command('install')
    .description('Provision native TensorFlow for the installed @tensorflow/tfjs-node.')
    .option('--gpu', 'for @tensorflow/tfjs-node-gpu, with CUDA')
    .option('--index-url <url>', 'Python package index to download from; PIP_INDEX_URL or PyPI by default')
    .option('--wheel <file...>', 'wheels on this machine, if it has no network')
    .option('--compile', 'compile the addon, also if a prebuilt one is installed')
    .option('--force', 'reinstall from scratch and verify')
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(runInstall);
  return new Command('native')
    .summary('install native TensorFlow, the fast back end')
    .description('Provision native TensorFlow, several times as fast as WASM.')
    .addCommand(install);
}

function runInstall(flags: InstallFlags): Promise<void> {
  return onTerminal(async ({ reporter, signal }) => {
    const report = await installNative({
      gpu: flags.gpu ?? false,
      force: flags.force ?? false,
      compile: flags.compile ?? false,
      ...(flags.indexUrl === undefined ? {} : { indexUrl: flags.indexUrl }),
      ...(flags.wheel === undefined ? {} : { wheels: flags.wheel }),
      signal,
      onProgress: downloadProgress(reporter),
    });
    reporter.stop();
    process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : describe(report, flags.gpu ?? false));
  });
}

function describe(report: NativeInstallReport, gpu: boolean): string {
  const lines = [
    report.source === 'in-place'
      ? `TensorFlow ${report.tensorflow} was in place for ${report.package} ${report.version}, and computes.`
      : `TensorFlow ${report.tensorflow} runs with ${report.package} ${report.version}: installed and verified in ${formatDuration(1000 * report.seconds)}.`,
  ];
  lines.push(
    report.addonFrom === 'prebuilt'
      ? 'Its addon came compiled.'
      : `Its addon was compiled here${report.prebuiltRefused === null ? '' : `; of the prebuilt one, ${report.prebuiltRefused}`}.`,
  );
  if (gpu && !report.gpu)
    lines.push('There is no usable GPU here: the back end native-gpu starts where there is one.');
  return `${lines.join('\n')}\n`;
}
