/** A command of `ais` that is disturbed, and then led to its end. */
export interface SoakedCommand {
  readonly name: string;
  /** Without `--out`. */
  readonly argv: readonly string[];
  /** Whether `--resume` continues it; else the same command does. */
  readonly resumes: boolean;
  /** The name of what it writes: a folder, or a file. */
  readonly out: string;
}

/** What the commands work with, made once. */
export interface Prepared {
  readonly backend: string;
  /** A run of `modelCommand`, with `responses.jsonl` in it. */
  readonly model: string;
}

const set = (...assignments: string[]): string[] =>
  assignments.flatMap((assignment) => ['--set', assignment]);

/** Settings that keep a process short: a model of a few thousand parameters on a few records. */
const tiny = (backend: string): string[] => [
  ...['--preset', 'tiny', '--seed', '3', '--backend', backend, '--json'],
  ...set('data.heldOut=64'),
];
const shape = set('shape.hiddenSize=32', 'shape.layerCount=1', 'shape.headCount=2');
const training = (backend: string): string[] => [
  ...tiny(backend),
  ...shape,
  ...['--records', '64', '--batch-size', '8'],
];

/** A run whose model other commands take. */
export function modelCommand(backend: string): SoakedCommand {
  const argv = ['sft', ...training(backend), '--steps', '2', ...set('evaluation.points=0')];
  return { name: 'sft', argv, resumes: true, out: 'model' };
}

/** Responses that are labeled. */
export function responsesCommand({ backend, model }: Prepared): SoakedCommand {
  const argv = ['generate', ...tiny(backend), '--model', model, '--prompts', '64'];
  return { name: 'generate', argv, resumes: true, out: 'responses.jsonl' };
}

/** A study of two runs of a few updates each. */
const small = set(
  ...['corpus.supervised=64', 'corpus.reward=16', 'corpus.preference=32', 'corpus.evaluation=8'],
  ...['corpus.vocabularySize=400', 'corpus.maxResponseTokens=12'],
  ...['policy.layerCount=1', 'policy.hiddenSize=16', 'policy.headCount=2'],
  ...['supervised.epochs=1', 'gold.judge=oracle', 'preference.epochs=1', 'preference.batchSize=16'],
  ...['preference.microBatchSize=16', 'evaluation.points=1', 'evaluation.klPrompts=4'],
);

/** Commands that are sent signals besides: what they do in other ways. */
export function furtherCommands(backend: string): readonly SoakedCommand[] {
  const noEvaluation = set('evaluation.points=0');
  // A checkpoint at every step: that of an interruption would else be one more than an undisturbed run keeps.
  const often = ['--checkpoint-every', '1'];
  const reward = ['--records', '300', '--steps', '3', '--micro-batch-size', '1'];
  return [
    {
      name: 'train, online',
      resumes: true,
      out: 'run',
      argv: ['train', ...training(backend), '--steps', '4', '--objective', 'rloo', ...often, ...noEvaluation],
    },
    {
      name: 'reward',
      resumes: true,
      out: 'run',
      argv: ['reward', ...training(backend), ...reward, ...often],
    },
    // With a few hundred records, the look for leaks is over before a signal arrives.
    dataBuild('data build, 20,000 records', 20_000),
  ];
}

/** `ais data build` of synthetic posts. */
function dataBuild(name: string, posts: number): SoakedCommand {
  const what = ['--source', 'synthetic', '--count', `${posts}`, '--vocabulary-size', '400'];
  return {
    name,
    resumes: false,
    out: 'set',
    argv: ['data', 'build', ...what, '--threads', '1', '--json'],
  };
}

/** Every command that works for long, at a size that takes seconds. */
export function soakedCommands({ backend, model }: Prepared): readonly SoakedCommand[] {
  const evaluated = set('evaluation.points=1', 'evaluation.prompts=8');
  const responses = `${model}/responses.jsonl`;
  return [
    {
      name: 'sft',
      resumes: true,
      out: 'run',
      argv: ['sft', ...training(backend), '--steps', '24', '--checkpoint-every', '2', ...evaluated],
    },
    {
      name: 'train',
      resumes: true,
      out: 'run',
      argv: [
        ...['train', ...training(backend), '--steps', '12', '--checkpoint-every', '2'],
        ...['--objective', 'ais-dpo', ...evaluated, ...set('evaluation.klPrompts=8')],
      ],
    },
    {
      name: 'generate',
      resumes: true,
      out: 'responses.jsonl',
      argv: ['generate', ...tiny(backend), '--model', model, '--samples', '24'],
    },
    {
      name: 'label',
      resumes: true,
      out: 'pairs.jsonl',
      argv: [
        ...['label', '--backend', backend, '--json', '--responses', responses, '--scorer', 'oracle'],
        ...set('batchSize=1'),
      ],
    },
    dataBuild('data build', 400),
    {
      name: 'study',
      resumes: true,
      out: 'study',
      argv: [
        ...['study', 'fig3', '--scale', 'tiny', '--seeds', '1', '--backend', backend, '--processes', '1'],
        ...['--json', ...set('betas=[0.01]'), ...small],
      ],
    },
    {
      name: 'demo',
      resumes: true,
      out: 'demo',
      argv: ['demo', '--seed', '1', '--backend', backend, '--processes', '1', '--json', ...small],
    },
  ];
}
