import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { sourceHash } from '../../wasm-kernels/build.mjs';
import { sharedBinary } from './shared-binary.js';
import { KERNEL_BINARY, KERNEL_SOURCE_HASH } from './wasm-kernels.generated.js';

const kernels = Buffer.from(KERNEL_BINARY, 'base64');

it('has the kernels compiled from their sources', () => {
  expect(KERNEL_SOURCE_HASH).toBe(sourceHash());
});

it('lets the kernels import memory that threads share, and nothing else changes', () => {
  const shared = new WebAssembly.Module(sharedBinary(kernels));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const { exports } = new WebAssembly.Instance(shared, { env: { memory } });
  const plain = new WebAssembly.Module(kernels);
  expect(Object.keys(exports)).toEqual(WebAssembly.Module.exports(plain).map(({ name }) => name));
  expect(() => new WebAssembly.Instance(plain, { env: { memory } })).toThrow(WebAssembly.LinkError);
});

it('gives the module of TensorFlow.js a memory that threads share', () => {
  const path = createRequire(import.meta.url).resolve(
    '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm',
  );
  const binary = readFileSync(path);
  const imports = (module: WebAssembly.Module): WebAssembly.Imports => {
    const found: Record<string, Record<string, () => number>> = {};
    for (const each of WebAssembly.Module.imports(module)) {
      found[each.module] = { ...found[each.module], [each.name]: () => 0 };
    }
    return found;
  };
  const sizes = [binary, sharedBinary(binary)].map((each) => {
    const module = new WebAssembly.Module(new Uint8Array(each));
    const { buffer } = new WebAssembly.Instance(module, imports(module)).exports[
      'memory'
    ] as WebAssembly.Memory;
    return [Object.prototype.toString.call(buffer), buffer.byteLength];
  });
  expect(sizes[0]?.[0]).toBe('[object ArrayBuffer]');
  expect(sizes[1]).toEqual(['[object SharedArrayBuffer]', sizes[0]?.[1]]);
});

it('leaves a module without memory as it is', () => {
  const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0);
  expect(sharedBinary(empty)).toEqual(empty);
});
