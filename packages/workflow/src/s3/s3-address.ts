import { WorkflowError } from '../errors.js';

/** A place in S3, or on a server that speaks its protocol. */
export interface S3Address {
  readonly bucket: string;
  /** What all keys begin with: empty, or ending in a slash. */
  readonly prefix: string;
  /** The server; Amazon's, or the one that the environment names, if there is none. */
  readonly endpoint?: string;
}

/** Whether the address of a store is one in S3. */
export function isS3Address(address: string): boolean {
  return /^s3:/i.test(address);
}

/**
 * Reads `s3://bucket/prefix`, or `s3://bucket/prefix?endpoint=https://…` for a server of your own.
 *
 * @throws {WorkflowError} `invalid-address`
 */
export function readS3Address(address: string): S3Address {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const endpoint = url?.searchParams.get('endpoint') ?? undefined;
  const others = [...(url?.searchParams.keys() ?? [])].filter((name) => name !== 'endpoint');
  const path = decoded(url?.pathname ?? '')?.replace(/^\/+|\/+$/g, '');
  const isPlain = url?.protocol === 's3:' && !url.username && !url.password && !url.port && !url.hash;
  if (
    !url ||
    !isPlain ||
    path === undefined ||
    !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname) ||
    others.length > 0
  ) {
    // The text is not shown: it may hold a password.
    throw new WorkflowError(
      'invalid-address',
      'the address of a store in S3 is s3://bucket/prefix. Credentials come from the environment or a profile, never from the address. A percent sign in a prefix is %25.',
    );
  }
  if (endpoint !== undefined) checkEndpoint(endpoint);
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** A path as its text; none if a percent sign stands for nothing. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/**
 * The address of a store in S3 on a server of your own.
 *
 * @throws {WorkflowError} `invalid-address`
 * @example
 * console.log(withEndpoint('s3://studies/paper', 'http://localhost:9000'));
 * // s3://studies/paper?endpoint=http%3A%2F%2Flocalhost%3A9000
 */
export function withEndpoint(address: string, endpoint: string): string {
  readS3Address(address);
  checkEndpoint(endpoint);
  const url = new URL(address);
  url.searchParams.set('endpoint', endpoint);
  return url.href;
}

/**
 * The server that the environment names.
 *
 * @throws {WorkflowError} `invalid-address`
 */
export function configuredEndpoint(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = environment;
  const endpoint = AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || undefined;
  if (endpoint !== undefined) checkEndpoint(endpoint);
  return endpoint;
}

function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password) return;
  throw new WorkflowError(
    'invalid-address',
    'the endpoint of an S3 server is http://host:port or https://host:port, without user and password.',
  );
}
