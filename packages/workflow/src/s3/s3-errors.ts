import { WorkflowError } from '../errors.js';
import { passing } from '../passing-failure.js';

/** What the client's errors have. */
interface ServiceError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The status of the answer that an error came with; nothing if there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as ServiceError).$metadata?.httpStatusCode;
}

const REFUSED =
  /^(AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|Forbidden)/;
const WRONG_REGION = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)/;

/**
 * What went wrong with an object, with the remedy. The client's error goes no further: it may hold what was signed.
 *
 * @param place the object, as `s3://bucket/key`, and the server
 */
export function explainS3Error(
  error: unknown,
  place: { readonly bucket: string; readonly key: string; readonly endpoint: string },
): WorkflowError {
  if (error instanceof WorkflowError) return error;
  const { bucket, key, endpoint } = place;
  const object = `s3://${bucket}/${key} (${endpoint})`;
  const { name, message, code = '' } = error as ServiceError;
  const status = statusOf(error);
  if (/Credentials|TokenProvider/.test(name)) {
    return new WorkflowError(
      'access-denied',
      `there are no credentials for ${object}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.`,
    );
  }
  if (status === 401 || status === 403 || REFUSED.test(name)) {
    return new WorkflowError(
      'access-denied',
      `access to ${object} is denied (${name}). ` +
        'The credentials must be allowed to get, put, and delete objects there, and to list the bucket.',
    );
  }
  if (name === 'NoSuchBucket') {
    return new WorkflowError(
      'store-failed',
      `the bucket of ${object} does not exist. Create it, or correct the address of the store.`,
    );
  }
  if (status === 301 || WRONG_REGION.test(name)) {
    return new WorkflowError('store-failed', `${object} is in another region (${name}). Set AWS_REGION.`);
  }
  if (status === 501) {
    return new WorkflowError('store-failed', `the server does not do what ${object} needs. ${CONDITIONAL}`);
  }
  const remedy =
    status === undefined
      ? 'Check the network and the endpoint (AWS_ENDPOINT_URL_S3), then run again: what is finished stays.'
      : 'Run again later: what is finished stays.';
  const reason = [name, code, status, message].filter((part) => part !== undefined && part !== '');
  const failure = new WorkflowError(
    'store-failed',
    `${object} cannot be used: ${reason.join(' ')}. ${remedy}`,
  );
  const mayPass = status === undefined || status >= 500 || status === 408 || status === 429;
  return mayPass ? passing(failure) : failure;
}

/** What a server must have. */
export const CONDITIONAL: string =
  'A store needs conditional writes (If-None-Match and If-Match of PutObject), which Amazon S3, MinIO, and Cloudflare R2 have.';
