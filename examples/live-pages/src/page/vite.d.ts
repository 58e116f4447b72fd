// What Vite gives for an import of a file's address, and that it takes style sheets.
declare module '*.wasm?url' {
  const address: string;
  export default address;
}
declare module '*.css' {}
