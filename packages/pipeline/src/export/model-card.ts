import type { TemplateVariable } from '@ais/data/chat';
import { shellWord } from '@ais/runtime/process';
import { parseDocument, stringify } from 'yaml';
import type { ImportanceSettings, SmoothingSettings } from '../settings/objective-settings.js';
import { WITHOUT_WARNINGS } from '../settings/parse-yaml.js';
import { plainText, textBlock } from './markdown.js';
import { type BaseModel, isDataSet, type ModelFacts, type RunFacts } from './model-facts.js';

/** In what form a model is handed on. */
export type ModelForm = 'folder' | 'adapter' | 'gguf';

const SAMPLES = 3;
const LONGEST_SAMPLE = 2000;

/**
 * A model's card, README.md on the Hugging Face Hub: what it was trained from, on what, with which objective, and what was
 * measured of it. What was not measured is said to be so; what is not known is left out.
 *
 * @param title how the card calls the model
 */
export function modelCard(title: string, form: ModelForm, facts: ModelFacts): string {
  const [run] = facts.runs;
  const parts = [
    `---\n${stringify(frontMatter(form, facts))}---`,
    `# ${plainText(title)}`,
    summary(form, facts),
    ...(run ? [table(trainingRows(facts, run)), ...measured(run), ...samples(run), ...commands(facts)] : []),
    use(form, facts),
    ...conversations(form, facts),
  ];
  return `${parts.join('\n\n')}\n`;
}

const LIBRARIES: Readonly<Record<ModelForm, string>> = {
  folder: 'transformers',
  adapter: 'peft',
  gguf: 'gguf',
};

/** A card that a model has already, for another form of it. */
export function cardInForm(card: string, form: ModelForm): string {
  return card.replace(/^---\n(.*?\n)---\n/s, (whole, front: string) => {
    const document = parseDocument(front, WITHOUT_WARNINGS);
    if (document.errors.length > 0 || !document.has('library_name')) return whole;
    document.set('library_name', LIBRARIES[form]);
    return `---\n${document.toString()}---\n`;
  });
}

function frontMatter(form: ModelForm, { base, runs }: ModelFacts): Record<string, unknown> {
  const objective = runs[0]?.objective;
  const isReward = runs[0]?.kind === 'reward';
  const datasets = [...new Set(runs.flatMap(({ data }) => data.name ?? []).filter(isDataSet))];
  const named = objective !== undefined && /^[a-z0-9-]+$/.test(objective) ? [objective] : [];
  return {
    ...(base && { base_model: base.repository ?? base.name, base_model_relation: relation(form, runs) }),
    ...(base?.license !== undefined && { license: base.license }),
    library_name: LIBRARIES[form],
    pipeline_tag: isReward ? 'text-classification' : 'text-generation',
    tags: ['ais', ...named, ...(form === 'adapter' ? ['lora'] : []), ...(form === 'gguf' ? ['gguf'] : [])],
    ...(datasets.length > 0 && { datasets }),
  };
}

function relation(form: ModelForm, runs: readonly RunFacts[]): string {
  if (form === 'adapter') return 'adapter';
  return runs.length === 0 && form === 'gguf' ? 'quantized' : 'finetune';
}

function summary(form: ModelForm, { base, isNew = false, runs }: ModelFacts): string {
  const start = base ? baseText(base) : isNew ? 'random weights' : undefined;
  const from = start === undefined ? '' : `, from ${start}`;
  const what = { folder: 'A model', adapter: 'A LoRA adapter', gguf: 'A GGUF file of a model' }[form];
  if (runs.length === 0) return `${what}, written by \`ais model export\`${from}.`;
  return `${what} that was trained with \`ais\`${from}${runs.length > 1 ? `, in ${runs.length} runs` : ''}.`;
}

function baseText({ name, repository }: BaseModel): string {
  return repository === undefined
    ? plainText(name)
    : `[${plainText(repository)}](https://huggingface.co/${repository})`;
}

function trainingRows({ base, runs }: ModelFacts, run: RunFacts): readonly Row[] {
  const { data, training, objective, beta, importance, meanAlpha, seed, step } = run;
  const { batchSize, learningRate, schedule, lora } = training;
  const license =
    base?.license === undefined
      ? 'not known here: that of the base model applies'
      : `${plainText(base.license)}, the base model’s`;
  const weighted = importance !== undefined && importance !== 'none';
  return [
    [
      'base model',
      base &&
        listed([
          baseText(base),
          base.file === undefined ? undefined : `with the weights of \`${base.file}\`, which are quantized`,
        ]),
    ],
    ['license', base && license],
    [
      'data',
      listed([
        data.name === undefined ? undefined : plainText(data.name),
        data.count,
        data.sha256 === undefined ? undefined : `SHA-256 of its tokens \`${data.sha256}\``,
      ]),
    ],
    ['objective', listed([kindText(run, objective), beta === undefined ? undefined : `β = ${beta}`])],
    ['importance weights', weighted ? `${alphaText(importance)}${meanText(meanAlpha)}` : undefined],
    [
      'training',
      listed([
        `${step} updates${batchSize === undefined ? '' : ` of ${batchSize}`}`,
        learningRate === undefined
          ? undefined
          : `learning rate ${learningRate}${schedule === undefined ? '' : ` (${schedule})`}`,
        lora && `LoRA of rank ${lora.rank}, scale ${lora.alpha}`,
        seed === undefined ? undefined : `seed ${seed}`,
      ]),
    ],
    ['before that', runs.length > 1 ? runs.slice(1).map(earlier).join('; ') : undefined],
    [
      'made with',
      Object.entries(run.versions)
        .map(([name, version]) => `${plainText(name)} ${plainText(version)}`)
        .join(', '),
    ],
  ];
}

function kindText({ kind }: RunFacts, objective: string | undefined): string | undefined {
  if (objective !== undefined) return plainText(objective);
  return { sft: 'supervised', reward: 'reward model', preference: undefined, other: undefined }[kind];
}

function earlier({ kind, objective, step, data }: RunFacts): string {
  const name = objective ?? kind;
  return `${plainText(name)}, ${step} updates${data.name === undefined ? '' : ` on ${plainText(data.name)}`}`;
}

function alphaText(importance: Exclude<ImportanceSettings, 'none'>): string {
  const smoothing: SmoothingSettings = typeof importance === 'object' ? importance.smoothing : importance;
  if (typeof smoothing === 'number') return `α = ${smoothing}`;
  return smoothing === 'inverse-length' ? 'α = 1/\\|y\\|' : 'α = 1/√\\|y\\|';
}

function meanText(alpha: number | undefined): string {
  return alpha === undefined ? '' : `, ${rounded(alpha)} on average over held-out responses`;
}

function measured({ evaluation, judge, step, kind }: RunFacts): string[] {
  const heading = '## Measured';
  if (kind === 'reward') return [];
  if (evaluation === undefined) {
    return [heading, `Win rate, KL, and length were not measured at update ${step}, which this model is of.`];
  }
  const { winRate, kl, metrics, responses } = evaluation;
  const length = metrics['eval_mean_length'];
  const spread = isNumber(kl?.standardError) ? ` ± ${rounded(kl.standardError)}` : '';
  const interval =
    isNumber(winRate?.low) && isNumber(winRate.high)
      ? ` (95 % interval ${percent(winRate.low)} to ${percent(winRate.high)})`
      : '';
  const rows: readonly Row[] = [
    [
      'win rate',
      isNumber(winRate?.rate)
        ? `${percent(winRate.rate)}${interval} against the reference responses${judge === undefined ? '' : `, judged by ${plainText(judge)}`}`
        : 'not measured: no judge',
    ],
    [
      '√KL',
      isNumber(kl?.mean)
        ? `${rounded(Math.sqrt(Math.max(0, kl.mean)))}; exact KL of whole responses from where the run began ${rounded(kl.mean)}${spread} nats`
        : 'not measured',
    ],
    ['length', isNumber(length) ? `${rounded(length)} tokens per response` : undefined],
  ];
  return [heading, `After ${step} updates, on ${responses.length} held-out prompts.`, table(rows)];
}

function samples({ evaluation }: RunFacts): string[] {
  const shown = evaluation?.responses.slice(0, SAMPLES) ?? [];
  if (shown.length === 0) return [];
  return [
    '## Samples',
    ...shown.flatMap(({ prompt, text }) => [
      'Prompt:',
      textBlock(shortened(prompt)),
      'Answer:',
      textBlock(shortened(text)),
    ]),
  ];
}

function commands({ runs }: ModelFacts): string[] {
  const given = runs.flatMap(({ command }) => command ?? []).reverse();
  return given.length === 0 ? [] : ['## Command', textBlock(given.join('\n'), 'sh')];
}

function use(form: ModelForm, { base, runs }: ModelFacts): string {
  const isReward = runs[0]?.kind === 'reward';
  const auto = isReward ? 'AutoModelForSequenceClassification' : 'AutoModelForCausalLM';
  if (form === 'gguf')
    return `## Use\n\nllama.cpp and what is built on it read the file: \`llama-cli -m FILE\`.`;
  if (form === 'folder') {
    return `## Use\n\n${textBlock(`from transformers import ${auto}, AutoTokenizer\n\nmodel = ${auto}.from_pretrained(FOLDER)\ntokenizer = AutoTokenizer.from_pretrained(FOLDER)`, 'python')}`;
  }
  const name = base?.repository ?? 'BASE';
  return `## Use\n\n${textBlock(`from peft import PeftModel\nfrom transformers import ${auto}\n\nmodel = PeftModel.from_pretrained(${auto}.from_pretrained("${name}"), FOLDER)`, 'python')}`;
}

/** How to render conversations as they were rendered for the model, where that takes variables of the template. */
function conversations(form: ModelForm, { templateVariables, runs }: ModelFacts): string[] {
  if (templateVariables === undefined || runs[0]?.kind === 'reward') return [];
  const given = Object.entries(templateVariables).map(([name, value]) => `, ${name}=${pythonText(value)}`);
  const shown =
    form === 'gguf'
      ? textBlock(
          `llama-server -m FILE --chat-template-kwargs ${shellWord(JSON.stringify(templateVariables))}`,
          'sh',
        )
      : textBlock(
          `tokenizer.apply_chat_template(messages, add_generation_prompt=True${given.join('')})`,
          'python',
        );
  return ['Its conversations were rendered with variables of the chat template. Give them, too:', shown];
}

/** A value as Python writes it. */
function pythonText(value: TemplateVariable): string {
  if (typeof value === 'object') return `[${value.map(pythonText).join(', ')}]`;
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);
}

type Row = readonly [name: string, value: string | undefined];

function table(rows: readonly Row[]): string {
  const known = rows.filter(([, value]) => value !== undefined && value !== '');
  return ['| | |', '|---|---|', ...known.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}

function listed(parts: readonly (string | undefined)[]): string | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join(', ');
}

function shortened(text: string): string {
  return text.length <= LONGEST_SAMPLE ? text : `${text.slice(0, LONGEST_SAMPLE)}…`;
}

/** JSON has null for what is not a number, such as the standard error of one measurement. */
function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number';
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const rounded = (value: number): string => String(Number(value.toPrecision(4)));
