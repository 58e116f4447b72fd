/** What a model was loaded from, for who names it as the base of an adapter. */
export interface ModelOrigin {
  /** Its folder or GGUF file on disk; undefined where there is none, as for a new model or one from an address. */
  readonly path: string | undefined;
  /** `adapter_config.json` of each adapter that was merged into it: what is at the path is not the whole model then. */
  readonly adapters: readonly string[];
}

const NONE: ModelOrigin = { path: undefined, adapters: [] };

const origins = new WeakMap<object, ModelOrigin>();

/** What a model was loaded from. */
export function modelOrigin(model: object): ModelOrigin {
  return origins.get(model) ?? NONE;
}

/** Remembers what a model was loaded from, and returns the model. */
export function withOrigin<Model extends object>(model: Model, { path, adapters }: ModelOrigin): Model {
  origins.set(model, { path, adapters });
  return model;
}
