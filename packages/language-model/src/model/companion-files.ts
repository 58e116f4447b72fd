/** The files beside a model's weights that go where the model goes: its tokenizer first of all. */
export interface CompanionFiles {
  /** Contents by name: the folder may be gone when the model is saved. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The folder that they come from, for messages. */
  readonly directory: string;
}

const NONE: CompanionFiles = { files: new Map(), directory: '' };

const carried = new WeakMap<object, CompanionFiles>();

/** The files that a model carries along: those of the folder that it was loaded from. */
export function companionFiles(model: object): CompanionFiles {
  return carried.get(model) ?? NONE;
}

/** Lets a model carry files along, and returns it. */
export function withCompanionFiles<Model extends object>(model: Model, files: CompanionFiles): Model {
  carried.set(model, files);
  return model;
}
