import { CheckpointError, shown } from '../errors.js';

/** The families that can be loaded, as `model_type` of `config.json` names them. */
export const SUPPORTED_MODEL_TYPES: readonly string[] = ['gpt_neox'];

/**
 * Refuses a model of another family.
 *
 * @throws {CheckpointError} `unsupported-architecture` that lists the families
 */
export function checkModelType(modelType: unknown, file: string): void {
  if (SUPPORTED_MODEL_TYPES.includes(modelType as string)) return;
  const found = modelType === undefined ? 'no model_type' : `model_type ${shown(modelType)}`;
  throw new CheckpointError('unsupported-architecture', 'models of this family are not supported.', {
    file,
    expected: `model_type ${SUPPORTED_MODEL_TYPES.map((each) => `"${each}"`).join(' or ')}`,
    found,
  });
}
