import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server in this process that does with objects what S3 does, as far as stores ask for it. */
export interface FakeS3 {
  readonly endpoint: string;
  /** What it holds, by bucket and key. */
  readonly objects: Map<string, { body: Buffer; date: Date }>;
  /** Requests so far, as `GET key`, or `GET key bytes=5-`. */
  readonly requests: string[];
  close(): Promise<void>;
}

const quoted = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;
const xml = (text: string): string => `<?xml version="1.0" encoding="UTF-8"?>${text}`;

/**
 * Starts the server on loopback, on a free port.
 *
 * @param isConditional whether it refuses writes whose condition does not hold
 */
export async function startFakeS3({
  isConditional = true,
}: {
  readonly isConditional?: boolean;
} = {}): Promise<FakeS3> {
  const objects: FakeS3['objects'] = new Map();
  const requests: string[] = [];
  const uploads = new Map<string, Map<number, Buffer>>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, headers } = request;
    const url = new URL(request.url ?? '', 'http://fake');
    const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const key = [bucket, ...rest].join('/');
    const body = await buffer(request);
    requests.push([method, rest.join('/'), headers.range ?? []].flat().join(' '));
    const query = url.searchParams;
    const found = objects.get(key);
    const refuse = (status: number, code: string): void => {
      const text = xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      response.writeHead(status, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? '' : text);
    };
    const send = (text: string): void => {
      response.writeHead(200, { 'content-type': 'application/xml' }).end(xml(text));
    };
    const keep = (content: Buffer): void => {
      objects.set(key, { body: content, date: new Date() });
      response.setHeader('etag', quoted(content));
    };
    if (!/Credential=right\//.test(headers.authorization ?? '')) return refuse(403, 'InvalidAccessKeyId');
    if (bucket !== 'bucket') return refuse(404, 'NoSuchBucket');

    if (method === 'GET' && rest.join('/') === '') {
      const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter')];
      const keys = [...objects.keys()].map((each) => each.slice(bucket.length + 1)).sort();
      const below = keys.filter((each) => each.startsWith(prefix));
      const cut = (each: string): number =>
        delimiter === null ? -1 : each.indexOf(delimiter, prefix.length);
      const folders = new Set(
        below.filter((each) => cut(each) >= 0).map((each) => each.slice(0, cut(each) + 1)),
      );
      const contents = below
        .filter((each) => cut(each) < 0)
        .map((each) => `<Contents><Key>${each}</Key></Contents>`);
      const common = [...folders].map((each) => `<CommonPrefixes><Prefix>${each}</Prefix></CommonPrefixes>`);
      return send(
        `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}${common.join('')}</ListBucketResult>`,
      );
    }
    const upload = query.get('uploadId') ?? '';
    if (method === 'POST' && query.has('uploads')) {
      const id = `upload-${requests.length}`;
      uploads.set(id, new Map());
      return send(
        `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    if (method === 'PUT' && upload !== '') {
      uploads.get(upload)?.set(Number(query.get('partNumber')), body);
      response.writeHead(200, { etag: quoted(body) }).end();
      return;
    }
    if (method === 'POST') {
      const kept = uploads.get(upload);
      if (!kept) return refuse(404, 'NoSuchUpload');
      uploads.delete(upload);
      const parts = [...kept].sort(([a], [b]) => a - b).map(([, part]) => part);
      keep(Buffer.concat(parts));
      return send('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>');
    }
    if (method === 'PUT') {
      if (isConditional) {
        if (headers['if-none-match'] === '*' && found) return refuse(412, 'PreconditionFailed');
        const match = headers['if-match'];
        if (match !== undefined && !found) return refuse(404, 'NoSuchKey');
        if (match !== undefined && found && match !== quoted(found.body))
          return refuse(412, 'PreconditionFailed');
      }
      keep(body);
      response.writeHead(200).end();
      return;
    }
    if (method === 'DELETE') {
      if (upload === '') objects.delete(key);
      else if (!uploads.delete(upload)) return refuse(404, 'NoSuchUpload');
      response.writeHead(204).end();
      return;
    }
    if (!found) return refuse(404, 'NoSuchKey');
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: quoted(found.body),
      'last-modified': found.date.toUTCString(),
      'content-length': found.body.length - from,
    });
    response.end(method === 'HEAD' ? undefined : found.body.subarray(from));
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
