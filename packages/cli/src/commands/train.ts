import type { Command } from 'commander';
import {
  onTerminal,
  printPlan,
  realNumber,
  resolveSettings,
  runInDirectory,
  type TrainingFlags,
  trainingCommand,
  trainingLayer,
} from './configured-command.js';

interface TrainFlags extends TrainingFlags {
  readonly pairs?: string;
  readonly objective?: string;
  readonly beta?: number;
  readonly importance?: string;
  readonly online?: boolean;
  readonly scorer?: string;
}

/** `ais train`: a policy from preference pairs, or from its own samples, with any objective. */
export function trainCommand(): Command {
  return trainingCommand('train', 'Train a policy on preferences, from pairs or from its own samples.')
    .option('--pairs <file>', 'preference pairs, .jsonl; by default made from the source')
    .option(
      '--objective <name>',
      'dpo, ais-dpo, ipo, slic, rpo, wpo, online-dpo, pairwise-policy-gradient, rloo, …, or ./plugin.js',
    )
    .option('--beta <number>', 'β, the strength of the KL regularization', realNumber)
    .option('--importance <kind>', 'none, inverse-length, inverse-sqrt-length, or a fixed α')
    .option('--kl-budget <nats>', 'keep the best checkpoint within this KL from the reference', realNumber)
    .option('--online', "learn from the policy's own samples, which the scorer labels")
    .option('--scorer <judge>', 'reward model (a folder), oracle (synthetic text), http://…, or ./plugin.js')
    .action((flags: TrainFlags) =>
      onTerminal(async (terminal) => {
        const { pairs, objective, beta, online, scorer } = flags;
        const importance = /^[\d.]+$/.test(flags.importance ?? '')
          ? Number(flags.importance)
          : flags.importance;
        const own = { ...trainingLayer(flags), pairs, objective, beta, importance, online, scorer };
        const { chooseObjective, runTrain, withObjective } = await import('@ais/studies');
        const settings = await withObjective(await resolveSettings('train', flags, own));
        if (flags.dryRun) {
          const { feedback } = await chooseObjective(settings);
          const ofScorer = settings.scorer === undefined || settings.scorer === 'oracle' ? 0 : 1;
          const load = {
            responses: feedback === 'samples' ? settings.samples : 2,
            otherModels: 1 + ofScorer,
          };
          return printPlan(settings, load, flags.json ?? false);
        }
        return runInDirectory('train', settings, flags, terminal, (context) => runTrain(settings, context));
      }),
    );
}
