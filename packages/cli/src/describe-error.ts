import { explainFileError } from '@ais/runtime/files';

/** One failure, for programs and for people. */
export interface ErrorDescription {
  readonly name: string;
  /** As the error has it, with the name of its package in front. */
  readonly message: string;
  /** The same without the names of packages, which mean nothing to readers of a command's output. */
  readonly shown: string;
}

/**
 * One message for a failure: what happened, to what, and what to do about it.
 *
 * The packages' own errors say all that; unexplained failures of the file system are explained here.
 */
export function describeError(error: unknown): ErrorDescription {
  const explained = explainFailure(error);
  const { name, message: text } =
    explained instanceof Error ? explained : { name: 'Error', message: String(explained) };
  const message = withoutUserInfo(withFlags(text));
  return { name, message, shown: message.replace(/(^|[\n:(] ?)@ais\/[a-z-]+: /g, '$1') };
}

/** Failures of the system in sentences with a remedy. */
function explainFailure(error: unknown): unknown {
  const {
    code = '',
    syscall,
    port,
  } = (error ?? {}) as NodeJS.ErrnoException & {
    readonly port?: number;
  };
  const says = (message: string): Error => new Error(message, { cause: error });
  if (syscall === 'listen' && code === 'EACCES') {
    return says(`Port ${port} needs the rights of root. Give another port, such as 8080.`);
  }
  if (syscall === 'listen' && code === 'EADDRINUSE') {
    return says(`Port ${port} is in use by another program. Give another port.`);
  }
  if (error instanceof Error && ['EIO', 'ESTALE'].includes(code)) {
    const { message, path = 'A file' } = error as NodeJS.ErrnoException;
    return says(
      `${path} cannot be used (${message}). Check the disk or the server that it is on, and run this again.`,
    );
  }
  return explainFileError(error, 'the output folder', '--out');
}

/** The options of the packages' functions that their messages name, and what the command line has for them. */
const FLAGS: readonly (readonly [option: RegExp, flag: string])[] = [
  [/\{ resume: true \}/g, '--resume'],
  [/\braise maxTokens\b/g, 'raise --judge-max-tokens'],
  [/\b(raise|set) parameters\.(\w+)/g, '$1 $2 in --api-parameters'],
  [
    /\bChange the template, or raise attempts\./g,
    'Change the template (--judge-template), or allow more attempts (--set judge.attempts=NUMBER).',
  ],
  [/\braise the budget and run again\b/g, 'raise the budget (--api-calls, --api-tokens) and run again'],
  [
    /(longer than the longest wait of [\d.]+ s\.)/g,
    '$1 Run this again after that, with --resume where the command has it.',
  ],
  [/\bbudget\.(calls|tokens)\b/g, '--api-$1'],
];

function withFlags(text: string): string {
  return FLAGS.reduce((message, [option, flag]) => message.replace(option, flag), text);
}

/** Removes user names and passwords from addresses: the message of a library may quote one as it was given. */
function withoutUserInfo(message: string): string {
  return message.replace(/\b([a-z][a-z\d+.-]*:\/\/)[^/@\s"']*@/gi, '$1');
}
