// What Vite gives for an import of a file's address.
declare module '*.wasm?url' {
  const address: string;
  export default address;
}
