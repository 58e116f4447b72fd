import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

/** Milliseconds between two beats. */
const BEAT_MS = 5_000;

// A thread of its own with a client of its own, so that a training step that holds up the process for a minute does not
// silence it. The server dates the object, with one clock for all machines. A beat that fails is not tried again: the next is near.
const source = `
const { parentPort, workerData } = require('node:worker_threads');
const { S3Client, HeadObjectCommand, PutObjectCommand } = require(workerData.sdk);
const client = new S3Client(workerData.configuration);
const objects = new Map();
parentPort.on('message', ({ begin, end }) => {
  if (begin) objects.set(begin.Key, begin);
  else objects.delete(end.Key);
});
async function beat(object) {
  // Never made again once it is removed.
  await client.send(new HeadObjectCommand(object));
  await client.send(new PutObjectCommand({ ...object, Body: '.' }));
}
setInterval(() => {
  for (const object of objects.values()) beat(object).catch(() => {});
}, ${BEAT_MS});
`;

const threads = new Map<string, Worker>();

/** An object that says that a process lives. */
export interface BeatObject {
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * Writes an object every five seconds while this process lives, whatever else holds it up.
 *
 * @param configuration of the client: plain JSON
 * @returns what ends it
 */
export function beginS3Heartbeat(configuration: S3ClientConfig, object: BeatObject): () => void {
  const own = {
    ...configuration,
    maxAttempts: 1,
    requestHandler: { requestTimeout: BEAT_MS, throwOnRequestTimeout: true },
  };
  const name = JSON.stringify(own);
  const thread = threads.get(name) ?? startThread(own);
  threads.set(name, thread);
  thread.postMessage({ begin: object });
  return () => thread.postMessage({ end: object });
}

function startThread(configuration: S3ClientConfig): Worker {
  const sdk = createRequire(import.meta.url).resolve('@aws-sdk/client-s3');
  const { NODE_OPTIONS: _, ...environment } = process.env;
  // Without the options of this process: what they load, such as a compiler, the thread does not need.
  const thread = new Worker(source, {
    eval: true,
    execArgv: [],
    workerData: { sdk, configuration },
    // The first client has said it already.
    env: { ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  thread.unref();
  return thread;
}
