import { HubError } from '@ais/runtime/hub';
import { DataError } from '../errors.js';

/** Waits for an answer of the Hub; what it does not give is an error of this package. */
export async function onHub<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof HubError)) throw cause;
    const { code, place, reason, found } = cause;
    const message = `${place}: ${reason}${found === undefined ? '' : ` (${found})`}`;
    if (code === 'hub-damaged') {
      throw new DataError('damaged-file', message, { cause, fault: 'damaged-file', place: { file: place } });
    }
    throw new DataError(code === 'hub-invalid-option' ? 'invalid-option' : 'hub-failed', message, {
      cause,
      place: { file: place },
    });
  }
}
