import type { FuzzTarget } from '../target.js';
import { chatAnswer, hubAnswer, judgeAnswer } from './answers.js';
import { configuration } from './configuration.js';
import { conversations } from './conversations.js';
import { debianLists } from './debian.js';
import { gguf } from './gguf.js';
import { modelText } from './model-text.js';
import { labels, pairs } from './pairs.js';
import { peft } from './peft.js';
import { prepared } from './prepared.js';
import { responses, studyData, trainingReport } from './reports.js';
import { rowsTargets } from './rows.js';
import { checkpointManifest, partialWork, referenceLogProbs, runFolder } from './runs.js';
import { safetensors } from './safetensors.js';
import { settings, studySettings } from './settings.js';
import { jobPayload, lock, store } from './stores.js';
import { chatTemplate, template } from './templates.js';
import { tokenizer, tokenizerFolder } from './tokenizers.js';
import { packageIndex, packageWheel } from './wheels.js';

/** The readers that can be fuzzed, by name. */
export const TARGETS: ReadonlyMap<string, FuzzTarget> = new Map(
  [
    ...rowsTargets,
    ...[conversations, chatTemplate, template, tokenizer, tokenizerFolder, prepared, responses],
    ...[safetensors, configuration, gguf, peft],
    ...[settings, studySettings, runFolder, checkpointManifest, referenceLogProbs, partialWork],
    ...[judgeAnswer, chatAnswer, hubAnswer, jobPayload, store, lock, studyData, trainingReport],
    ...[pairs, labels, modelText, debianLists, packageWheel, packageIndex],
  ].map((target) => [target.name, target]),
);
