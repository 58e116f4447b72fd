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
  const explained = explainFileError(error, 'the output folder', '--out');
  const { name, message: text } =
    explained instanceof Error ? explained : { name: 'Error', message: String(explained) };
  // The packages name the option of their functions; here it is a flag.
  const message = withoutUserInfo(text.replaceAll('{ resume: true }', '--resume'));
  return { name, message, shown: message.replace(/(^|[\n:(] ?)@ais\/[a-z-]+: /g, '$1') };
}

/** Removes user names and passwords from addresses: the message of a library may quote one as it was given. */
function withoutUserInfo(message: string): string {
  return message.replace(/\b([a-z][a-z\d+.-]*:\/\/)[^/@\s"']*@/gi, '$1');
}
