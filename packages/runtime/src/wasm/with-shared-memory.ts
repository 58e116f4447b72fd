import { sharedBinary } from './shared-binary.js';

/** What the module of TensorFlow.js's WASM back end exports, and no other does. */
const MARK = 'register_tensor';

/**
 * Runs `start`, and gives the module of TensorFlow.js's WASM back end a memory that threads can share, if it is instantiated
 * meanwhile. Other modules are left alone.
 *
 * The module and its digits are those of one thread: TensorFlow.js's own build for threads does not run in Node, and its threads serve
 * plain matrix products only.
 */
export async function withSharedMemory<T>(start: () => Promise<T>): Promise<T> {
  const { instantiate, instantiateStreaming } = WebAssembly;
  type Instantiate = (
    source: BufferSource | WebAssembly.Module,
    imports?: WebAssembly.Imports,
  ) => Promise<WebAssembly.Instance | WebAssembly.WebAssemblyInstantiatedSource>;
  const original = instantiate as Instantiate;
  const patched: Instantiate = async (source, imports) => {
    if (source instanceof WebAssembly.Module) return original(source, imports);
    const bytes =
      source instanceof ArrayBuffer
        ? new Uint8Array(source)
        : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    const module = await WebAssembly.compile(sharedBinary(bytes));
    if (!WebAssembly.Module.exports(module).some(({ name }) => name === MARK))
      return original(source, imports);
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  WebAssembly.instantiate = patched as typeof instantiate;
  WebAssembly.instantiateStreaming = async (response, imports) =>
    (await patched(
      await (await response).arrayBuffer(),
      imports,
    )) as WebAssembly.WebAssemblyInstantiatedSource;
  try {
    return await start();
  } finally {
    Object.assign(WebAssembly, { instantiate, instantiateStreaming });
  }
}
