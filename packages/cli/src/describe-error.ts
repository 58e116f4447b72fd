import { explainFileError } from '@ais/runtime/files';

/**
 * One message for a failure: what happened, to what, and what to do about it.
 *
 * The packages' own errors say all that; failures of the file system that nobody explained are explained here.
 */
export function describeError(error: unknown): { readonly name: string; readonly message: string } {
  const explained = explainFileError(error, 'the output folder', '--out');
  if (!(explained instanceof Error)) return { name: 'Error', message: String(explained) };
  // The packages name the option of their functions; here it is a flag.
  const message = explained.message.replaceAll('{ resume: true }', '--resume');
  return { name: explained.name, message: withoutUserInfo(message) };
}

/** What a library says may quote an address as it was given. */
function withoutUserInfo(message: string): string {
  return message.replace(/\b([a-z][a-z\d+.-]*:\/\/)[^/@\s"']*@/gi, '$1');
}
