import type { CausalLanguageModel } from '@ais/language-model';
import { afterEach } from 'vitest';

/** Keeps the models that it is given until the end of the test, and then disposes of them. */
export function keptModels(): (model: CausalLanguageModel) => CausalLanguageModel {
  const models: CausalLanguageModel[] = [];
  afterEach(() => {
    for (const model of models.splice(0)) model.dispose();
  });
  return (model) => {
    models.push(model);
    return model;
  };
}
