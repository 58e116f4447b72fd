import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { makeWhole } from '@ais/runtime/files';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { WorkflowError } from '../errors.js';
import { configuredEndpoint, type S3Address } from './s3-address.js';
import { explainS3Error, statusOf } from './s3-errors.js';

/** An object's text, with the tag that tells whether it has changed since. */
export interface TaggedText {
  readonly text: string;
  readonly tag: string;
}

/** The objects of a bucket under a prefix, which keys are relative to. */
export interface S3Objects {
  /** How the client is configured: plain JSON. */
  readonly configuration: S3ClientConfig;
  /** The server, for people to read. */
  readonly endpoint: string;
  /** An object's bucket and whole key. */
  at(key: string): { readonly Bucket: string; readonly Key: string };
  /** Where an object is, for people to read. */
  location(key: string): string;
  read(key: string): Promise<TaggedText | undefined>;
  write(key: string, text: string): Promise<void>;
  /**
   * Writes an object if it is still what the tag says; without a tag, if there is none.
   *
   * @returns the new tag; nothing if another process has written it
   */
  replace(key: string, text: string, tag: string | undefined): Promise<string | undefined>;
  /** Milliseconds since an object was written, by the server's clock; nothing if there is none. */
  age(key: string): Promise<number | undefined>;
  /** Writes a file, in parts if it is large, unless it is there already: a key stands for one content. */
  upload(key: string, path: string): Promise<void>;
  /** Reads a file into a new one, which appears whole, or not at all if there is none or its SHA-256 differs. */
  download(key: string, path: string, sha256: string): Promise<'whole' | 'missing' | 'different'>;
  /** The SHA-256 of an object; nothing if there is none. */
  hash(key: string): Promise<string | undefined>;
  /** All keys that begin so. */
  list(beginning: string): AsyncIterable<string>;
  /** What is between the prefix and the first slash. */
  folders(): AsyncIterable<string>;
  remove(key: string): Promise<void>;
}

/** Bytes of a part of a large file; S3 takes 10,000 parts, none smaller than 5 MiB. */
const PART_BYTES = 8 * 2 ** 20;
/** How often a body that breaks off is continued without a byte of progress. */
const RESUMES = 6;

/**
 * Connects to a bucket. The client finds its credentials itself: in the environment, in a profile, or from the machine.
 *
 * @throws {WorkflowError} `missing-package` if the client is not installed; `store-failed` without a region
 */
export async function connectS3({
  bucket,
  prefix,
  endpoint = configuredEndpoint(),
}: S3Address): Promise<S3Objects> {
  const sdk = await import('@aws-sdk/client-s3').catch(missing);
  const { Upload } = await import('@aws-sdk/lib-storage').catch(missing);
  const { client, configuration } = await createClient(sdk.S3Client, endpoint);
  const server = endpoint ?? `Amazon S3, ${configuration.region}`;
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${key}` });
  const explained = (error: unknown, key: string): WorkflowError =>
    explainS3Error(error, { bucket, key: `${prefix}${key}`, endpoint: server });
  /** Does something with an object; 404 means that there is none. */
  const found = async <T>(key: string, action: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await action();
    } catch (error) {
      if (statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket') return undefined;
      throw explained(error, key);
    }
  };
  const demanded = <T>(key: string, action: () => Promise<T>): Promise<T> =>
    action().catch((error: unknown) => {
      throw explained(error, key);
    });

  const read = (key: string): Promise<TaggedText | undefined> =>
    found(key, async () => {
      for (let resumes = 0; ; resumes += 1) {
        const { Body, ETag = '' } = await client.send(new sdk.GetObjectCommand(at(key)));
        try {
          return { text: (await Body?.transformToString()) ?? '', tag: ETag };
        } catch (error) {
          if (resumes >= RESUMES) throw error;
          await pause(50 * 2 ** resumes);
        }
      }
    });

  /** The bytes of an object. A body that breaks off is continued where it did. */
  async function* bytes(key: string): AsyncGenerator<Uint8Array, void> {
    let received = 0;
    let total: number | undefined;
    for (let resumes = 0; ; resumes += 1) {
      const range = received > 0 && { Range: `bytes=${received}-` };
      const { Body, ContentLength } = await client.send(new sdk.GetObjectCommand({ ...at(key), ...range }));
      total ??= ContentLength;
      try {
        for await (const chunk of Body as AsyncIterable<Uint8Array>) {
          received += chunk.length;
          resumes = 0;
          yield chunk;
        }
        if (received >= (total ?? 0)) return;
        throw new Error(`The body ended after ${received} of ${total} bytes.`);
      } catch (error) {
        if (resumes >= RESUMES) throw error;
        await pause(50 * 2 ** resumes);
      }
    }
  }

  async function* pages(options: { readonly Prefix: string; readonly Delimiter?: string }) {
    try {
      yield* sdk.paginateListObjectsV2({ client }, { Bucket: bucket, ...options });
    } catch (error) {
      throw explained(error, options.Prefix.slice(prefix.length));
    }
  }

  return {
    configuration,
    endpoint: server,
    at,
    location: (key) => `s3://${bucket}/${prefix}${key}`,
    read,
    write: (key, text) =>
      demanded(key, async () => {
        await client.send(new sdk.PutObjectCommand({ ...at(key), Body: text }));
      }),
    async replace(key, text, tag) {
      const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag };
      for (let conflicts = 0; ; conflicts += 1) {
        try {
          const { ETag } = await client.send(
            new sdk.PutObjectCommand({ ...at(key), Body: text, ...condition }),
          );
          return ETag;
        } catch (error) {
          const status = statusOf(error);
          if (status !== 412 && status !== 409 && !(status === 404 && tag !== undefined))
            throw explained(error, key);
          // It may be our own write that changed the object: its answer was lost, and the client tried again.
          const now = await read(key);
          if (now?.text === text) return now.tag;
          // Two writes at one moment, of which S3 refuses one: whether it was the later one is open.
          if (status !== 409 || now?.tag !== tag || conflicts >= RESUMES) return undefined;
          await pause(50 * 2 ** conflicts);
        }
      }
    },
    age: (key) =>
      found(key, async () => {
        const { LastModified, $metadata } = await client.send(new sdk.HeadObjectCommand(at(key)));
        const { date } = $metadata as { readonly date?: string };
        const now = date === undefined ? Date.now() : Date.parse(date);
        return now - (LastModified?.getTime() ?? 0);
      }),
    async upload(key, path) {
      const { size } = await stat(path);
      const isThere = async (): Promise<boolean> => {
        const there = await found(key, () => client.send(new sdk.HeadObjectCommand(at(key))));
        return there?.ContentLength === size;
      };
      if (await isThere()) return;
      const upload = new Upload({
        client,
        params: { ...at(key), Body: createReadStream(path) },
        partSize: Math.max(PART_BYTES, Math.ceil(size / 10_000)),
      });
      await upload.done().catch(async (error: unknown) => {
        // Parts cannot be joined twice: if the answer is lost, the second try finds no parts.
        if (!(await isThere())) throw explained(error, key);
      });
    },
    async download(key, path, sha256) {
      const hash = createHash('sha256');
      // Errors of the server are told apart from those of the disk here.
      const hashed = async function* () {
        try {
          for await (const chunk of bytes(key)) {
            hash.update(chunk);
            yield chunk;
          }
        } catch (error) {
          throw statusOf(error) === 404 ? new NotWhole('missing') : explained(error, key);
        }
      };
      return makeWhole(path, async (temporary) => {
        await writeFile(temporary, hashed());
        if (hash.digest('hex') !== sha256) throw new NotWhole('different');
        return 'whole' as const;
      }).catch((error: unknown) => {
        if (error instanceof NotWhole) return error.how;
        throw error;
      });
    },
    hash: (key) =>
      found(key, async () => {
        const hash = createHash('sha256');
        for await (const chunk of bytes(key)) hash.update(chunk);
        return hash.digest('hex');
      }),
    async *list(beginning) {
      for await (const { Contents = [] } of pages({ Prefix: `${prefix}${beginning}` })) {
        for (const { Key = '' } of Contents) yield Key.slice(prefix.length);
      }
    },
    async *folders() {
      for await (const { CommonPrefixes = [] } of pages({ Prefix: prefix, Delimiter: '/' })) {
        for (const { Prefix = '' } of CommonPrefixes) yield Prefix.slice(prefix.length, -1);
      }
    },
    remove: (key) =>
      demanded(key, async () => {
        await client.send(new sdk.DeleteObjectCommand(at(key)));
      }),
  };
}

/** What was read is not what was written there. */
class NotWhole extends Error {
  constructor(readonly how: 'missing' | 'different') {
    super();
  }
}

/** A client for a server, or for Amazon's. */
async function createClient(
  Client: typeof S3Client,
  endpoint: string | undefined,
): Promise<{ readonly client: S3Client; readonly configuration: S3ClientConfig }> {
  const asked: S3ClientConfig = {
    // The client pauses longer after each attempt.
    maxAttempts: 8,
    requestHandler: {
      connectionTimeout: 10_000,
      // From the first byte of a part to the answer, on a slow line.
      requestTimeout: 120_000,
      throwOnRequestTimeout: true,
      socketTimeout: 30_000,
    },
    // Self-hosted servers rarely have a hostname per bucket.
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
  };
  const configured = new Client(asked);
  const region = await configured.config.region().catch(() => undefined);
  if (region === undefined && endpoint === undefined) {
    throw new WorkflowError('store-failed', 'the region of the bucket is not known. Set AWS_REGION.');
  }
  configured.destroy();
  const configuration = { ...asked, region: region ?? 'us-east-1' };
  const client = new Client(configuration);
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers?: Record<string, string> };
      Object.assign((result.output as { readonly $metadata: object }).$metadata, { date: headers?.['date'] });
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'serverDate' },
  );
  return { client, configuration };
}

function missing(cause: unknown): never {
  throw new WorkflowError(
    'missing-package',
    'a store in S3 needs the packages @aws-sdk/client-s3 and @aws-sdk/lib-storage. ' +
      'Install them: npm install @aws-sdk/client-s3 @aws-sdk/lib-storage',
    { cause },
  );
}
