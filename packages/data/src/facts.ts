export { factsScore } from './sources/facts-score.js';
export {
  type FactsPrompt,
  type FactsSourceOptions,
  factsRequest,
  factsSentence,
  factsSource,
  promptFacts,
} from './sources/facts-source.js';
export type { PlaceFact, PlaceFactKind } from './sources/place-facts.js';
