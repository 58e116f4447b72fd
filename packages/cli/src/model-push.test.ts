import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { HubUploadServer } from '../../runtime/test/hub-upload-server.js';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../language-model/fixtures/${name}`, import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'ais-model-push-'));
const output = capturedOutput();
let hub: HubUploadServer;

beforeAll(async () => {
  hub = await HubUploadServer.start();
  mkdirSync(join(root, 'tmp'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  hub.repositories.clear();
  hub.requests.length = 0;
  vi.stubEnv('AIS_CACHE_DIRECTORY', join(root, 'cache'));
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_TOKEN', hub.token);
  vi.stubEnv('TMPDIR', join(root, 'tmp'));
});

/** Runs the command, expecting a status; nothing may be left behind, and the token is never shown. */
async function push(status: number, ...argv: string[]): Promise<void> {
  output.out = '';
  expect(await runProgram(['model', 'push', ...argv]), output.err).toBe(status);
  expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  expect(output.out + output.err).not.toContain(hub.token);
}

const folder = ['owner/small', '--model', fixture('gguf/llama.gguf')];

test('--dry-run lists the files and shows the card, and asks nobody', async () => {
  await push(0, ...folder, '--dry-run');
  expect(output.out).toMatch(/^owner\/small \(private\)\n {2}config\.json +\d/);
  expect(output.out).toMatch(/ {2}README\.md +\d+ bytes\n\n---\nbase_model: llama\.gguf/);
  await push(0, ...folder, '--dry-run', '--json', '--public', '--to', 'gguf', '--type', 'q8_0');
  const { files, ...rest } = JSON.parse(output.out);
  expect(rest).toMatchObject({
    repository: 'owner/small',
    private: false,
    card: expect.stringContaining('# small'),
  });
  expect(files.map(({ path }: { path: string }) => path)).toEqual(['small-q8_0.gguf', 'README.md']);
  expect(hub.requests).toEqual([]);
});

test('uploads with --yes, and says where to', async () => {
  await push(0, ...folder, '--yes', '--json');
  expect(JSON.parse(output.out)).toEqual({ url: `${hub.endpoint}/owner/small`, commit: expect.any(String) });
  const repository = hub.repositories.get('owner/small');
  expect(repository?.private).toBe(true);
  expect([...(repository?.files.keys() ?? [])].sort()).toEqual([
    ...['README.md', 'config.json', 'generation_config.json', 'model.safetensors'],
    ...['tokenizer.json', 'tokenizer_config.json'],
  ]);
});

test('an adapter names its base model, and no folder of this machine', async () => {
  const adapter = fixture('peft/gpt2');
  await push(0, 'owner/adapter', '--model', adapter, '--to', 'adapter', '--yes');
  const configuration = hub.repositories.get('owner/adapter')?.files.get('adapter_config.json');
  const { base_model_name_or_path: base } = JSON.parse(configuration?.toString() ?? '{}');
  expect(base).toBe('gpt2');
  expect(hub.repositories.get('owner/adapter')?.files.get('README.md')?.toString()).toMatch(
    /^---\nbase_model: gpt2\nbase_model_relation: adapter\nlibrary_name: peft\n/,
  );
});

test('asks on a terminal, and without one wants --yes', async () => {
  const answering = (answer: string): void => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
    input.end(answer);
  };
  answering('n\n');
  await push(0, ...folder);
  expect(output.err).toMatch(/model\.safetensors +[\d,]+ bytes[\s\S]*Nothing was uploaded/);
  expect(hub.requests).toEqual([]);
  answering('yes\n');
  await push(0, ...folder);
  expect(output.out).toBe(`${hub.endpoint}/owner/small\n`);
  const piped = Object.assign(new PassThrough(), { isTTY: false });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(piped as unknown as typeof process.stdin);
  await push(2, ...folder);
  expect(output.err).toMatch(/--dry-run.*--yes/);
});

test('a signal stops the upload, and nothing is in the repository', async () => {
  vi.spyOn(hub.faults, 'get').mockImplementation((step) => {
    if (step === 'preupload') process.emit('SIGINT', 'SIGINT');
    return undefined;
  });
  await push(130, ...folder, '--yes');
  expect(output.err).toContain('Stopping; nothing is in the repository yet.');
  expect(output.err).not.toContain('at the next point');
  expect(hub.repositories.get('owner/small')?.files.size).toBe(0);
});

test('a failure says what to do', async () => {
  await push(2, 'small', '--model', fixture('gguf/llama.gguf'), '--yes');
  expect(output.err).toContain('small is not the name of a repository on the Hub. Give owner/name.');
  vi.stubEnv('HF_TOKEN', 'hf_wrong');
  expect(await runProgram(['model', 'push', ...folder, '--yes'])).toBe(1);
  expect(output.err).toContain('the token in HF_TOKEN is not accepted');
  expect(output.err).not.toContain('hf_wrong');
  vi.stubEnv('HF_TOKEN', '');
  await push(2, ...folder, '--yes');
  expect(output.err).toContain('HF_TOKEN is not set');
});

test('a card that a model has goes along, in the form that it takes', async () => {
  await runProgram([
    'model',
    'export',
    fixture('gguf/llama.gguf'),
    '--to',
    'folder',
    '--out',
    join(root, 'own'),
  ]);
  writeFileSync(
    join(root, 'own', 'README.md'),
    '---\nlicense: mit\nlibrary_name: transformers\n---\n\nMine.\n',
  );
  await push(0, 'owner/own', '--model', join(root, 'own'), '--to', 'gguf', '--yes');
  expect(hub.repositories.get('owner/own')?.files.get('README.md')?.toString()).toBe(
    '---\nlicense: mit\nlibrary_name: gguf\n---\n\nMine.\n',
  );
});
