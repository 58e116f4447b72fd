import { CheckpointError, LanguageModelError, shown } from '../errors.js';
import type { ModelConfiguration } from '../families/architecture.js';
import { rewardModelSpecifications } from '../families/model-plan.js';
import { requireBackend } from '../layers/require-backend.js';
import type { RewardModel } from '../model/causal-language-model.js';
import { companionFiles, withCompanionFiles } from '../model/companion-files.js';
import { withOrigin } from '../model/model-origin.js';
import { TransformerRewardModel } from '../model/reward-model.js';
import { readConfiguration } from './checkpoint.js';
import type { ModelSource } from './model-source.js';
import { openStoredModel } from './open-stored-model.js';
import type { LoadOptions } from './pretrained.js';
import { readParameters } from './read-parameters.js';
import { rewardModelCard } from './reward-model-card.js';
import { type SaveOptions, writeCheckpoint } from './write-checkpoint.js';

const OFFSET_KEY = 'ais_score_offset';

/**
 * Loads a reward model in the layout of its family's `…ForSequenceClassification` with one label, from a folder or from a
 * repository on the Hugging Face Hub.
 *
 * The score is that of the last token given, whatever it is: where `transformers` looks for the last token that is
 * not padding, this takes sequences without padding.
 *
 * @param source as for `loadPretrained`
 * @throws {CheckpointError} whose `code`, `file`, `tensor`, `expected` and `found` say what is wrong
 * @throws {LanguageModelError} `missing-backend` if no back end is registered
 * @example
 * const rewardModel = await loadRewardModel('gold');
 */
export async function loadRewardModel(source: ModelSource, options: LoadOptions = {}): Promise<RewardModel> {
  const stored = await openStoredModel(source, options);
  const { architecture, configuration, json, file, companions } = readConfiguration(stored, 'score', options);
  const { [OFFSET_KEY]: offset = 0 } = json;
  if (typeof offset !== 'number' || !Number.isFinite(offset)) {
    throw new CheckpointError('checkpoint-corrupt', `its ${OFFSET_KEY} is not a number.`, {
      file,
      expected: 'a finite number',
      found: shown(offset),
    });
  }
  requireBackend('loadRewardModel');
  const parameters = await readParameters(stored, {
    specifications: rewardModelSpecifications(architecture, configuration),
    architecture,
  });
  const loaded = new TransformerRewardModel(
    architecture,
    configuration,
    parameters,
    offset,
    options.memoryBudget,
  );
  return withOrigin(withCompanionFiles(loaded, companions), stored);
}

/**
 * Writes a reward model in Hugging Face's layout; `transformers` opens it as its family's
 * `…ForSequenceClassification` with one label and scores padded batches at the same tokens. It does not subtract the offset, which `config.json` has as
 * `ais_score_offset`; a `README.md` in the folder says so.
 *
 * @param directory a local folder; made if there is none
 * @param options how weights are stored, and the tokenizer to put beside them
 * @throws {LanguageModelError} `not-finite` if the offset is no finite number
 * @throws {FileError} `disk-full`, `not-writable`
 * @example
 * await saveRewardModel(rewardModel, 'gold');
 */
export async function saveRewardModel(
  model: RewardModel,
  directory: string,
  options: SaveOptions = {},
): Promise<void> {
  const { architecture, configuration, parameters, offset } = model;
  if (!Number.isFinite(offset)) {
    throw new LanguageModelError(
      'not-finite',
      `the reward model's offset is ${offset}, which config.json cannot hold. Set it to a finite number.`,
    );
  }
  const content = {
    architecture,
    configuration,
    parameters,
    generates: false,
    extraKeys: { id2label: { 0: 'LABEL_0' }, label2id: { LABEL_0: 0 }, [OFFSET_KEY]: offset },
    card: (written: ModelConfiguration, padding: string | undefined) =>
      rewardModelCard(written, offset, padding),
    companions: companionFiles(model),
  };
  await writeCheckpoint(directory, content, options);
}
