import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createRandom } from '@ais/runtime/random';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Fault } from './faulty-proxy.js';

/** PyPI's `moto` on loopback, with a bucket named `bucket`. */
export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** What its clients find in their environment. */
export const CREDENTIALS: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'right',
  AWS_SECRET_ACCESS_KEY: 'between/us+two',
};

export async function startMoto(): Promise<MotoServer> {
  const program = process.env['AIS_MOTO_SERVER'] ?? 'moto_server';
  const child = spawn(program, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  let endpoint: string | undefined;
  // It tells its port, and then each request, which must be read or it stops.
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: unknown): void => {
      endpoint ??= /http:\/\/127\.0\.0\.1:\d+/.exec(String(chunk))?.[0];
      if (endpoint !== undefined) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${program} ended with exit code ${code}.`)));
  });
  const client = new S3Client({
    endpoint: endpoint ?? '',
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'right', secretAccessKey: 'between/us+two' },
  });
  await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  client.destroy();
  return {
    endpoint: endpoint ?? '',
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Every eighth request or so goes wrong, the same ones with the same seed. */
export function nowAndThen(seed: number): (request: IncomingMessage) => Fault | undefined {
  const faults: readonly Fault[] = ['refuse', 'drop', 'lose', 'cut', 'delay'];
  const random = createRandom(seed);
  return () => faults[random.integer(faults.length * 8)];
}
