/** Where PyTorch computes beside a back end of ours, by PyTorch's name. */
export function deviceBeside(backend: string): 'cpu' | 'cuda' {
  return backend === 'native-gpu' ? 'cuda' : 'cpu';
}
