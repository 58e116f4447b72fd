// Hands a model that LoRA trained on as a folder, as an adapter, and as a GGUF file of float32, and compares its greedy answers
// here with those in transformers, in peft (the adapter on its base), and in llama.cpp. Not part of the gate: it is for real
// models, and llama.cpp is compiled.
//
//   pip install torch transformers peft llama-cpp-python
//   AIS_PYTHON=…/bin/python node tools/transformers/check-answers.js RUN
//
// Needs the packages built.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const QUESTIONS = [
  'Tell me about the sea.',
  'What is the capital of France?',
  'Tell me about a lighthouse.',
  'Write one sentence about tea.',
];
const MAX_NEW_TOKENS = 48;

const [run] = process.argv.slice(2);
const python = process.env.AIS_PYTHON;
if (run === undefined || !python) {
  console.error('usage: AIS_PYTHON=PYTHON node tools/transformers/check-answers.js RUN');
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), 'check-answers-'));
const at = (name) => join(directory, name);
try {
  for (const [to, out] of Object.entries({ folder: 'folder', adapter: 'adapter', gguf: 'model.gguf' })) {
    ais(['model', 'export', run, '--to', to, '--out', at(out)]);
  }
  const { base_model_name_or_path: base } = JSON.parse(
    readFileSync(at('adapter/adapter_config.json'), 'utf8'),
  );
  const turns = QUESTIONS.map((question) => `${question}\n/reset\n`).join('');
  const greedy = ['--temperature', '0', '--max-new-tokens', `${MAX_NEW_TOKENS}`];
  const chat = JSON.parse(ais(['chat', '--model', run, ...greedy, '--json'], turns));
  const expected = chat.answers.map(({ text }) => text);

  writeFileSync(at('questions.json'), JSON.stringify({ questions: QUESTIONS, maxNewTokens: MAX_NEW_TOKENS }));
  const parts = ['folder', 'adapter'].map(at);
  const argv = [here('answer_everywhere.py'), ...parts, base, at('model.gguf'), at('questions.json')];
  const { answers, versions } = JSON.parse(output(python, argv));
  let differences = 0;
  for (const [client, texts] of Object.entries(answers)) {
    const same = texts.filter((text, index) => text.trim() === expected[index].trim()).length;
    console.log(`${client}: ${same} of ${QUESTIONS.length} answers are those of ais`);
    // The base model shows that the training changed something.
    if (client === 'base') continue;
    differences += QUESTIONS.length - same;
  }
  console.log(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
  process.exitCode = differences === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true });
}

function ais(argv, input) {
  return output(process.execPath, [here('../../packages/cli/dist/bin.js'), ...argv], input);
}

function output(command, argv, input) {
  const { status, stdout } = spawnSync(command, argv, {
    encoding: 'utf8',
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
    ...(input !== undefined && { input }),
  });
  if (status !== 0) throw new Error(`${command} ${argv.join(' ')} ended with status ${status}.`);
  return stdout;
}
