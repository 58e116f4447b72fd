import { CheckpointError } from '../errors.js';
import { blobFile } from './blobs.js';
import { type FetchOptions, FileFetcher } from './fetch-file.js';
import type { FileFolder } from './opened-file.js';

/**
 * The files below an address. Each is fetched whole, once, when it is first opened.
 *
 * @param address of the folder, or with the name '' of the file itself; its query belongs to each file
 * @param optional names of files for which a server without them may send a web page
 */
export function webFolder(
  address: URL,
  { optional = [], ...options }: FetchOptions & { readonly optional?: readonly string[] },
): FileFolder {
  const fetcher = new FileFetcher(options);
  const opened = new Map<string, Promise<Blob | undefined>>();
  const pathOf = (name: string): string => {
    const url = new URL(address);
    if (name !== '') url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`;
    return url.href;
  };
  const content = async (name: string): Promise<Blob | undefined> => {
    try {
      return await fetcher.fetch(pathOf(name));
    } catch (error) {
      const isAbsent = error instanceof CheckpointError && error.code === 'wrong-content';
      if (isAbsent && optional.includes(name)) return undefined;
      throw error;
    }
  };
  return {
    place: address.href.replace(/\/+$/, ''),
    pathOf,
    async open(name) {
      const pending = opened.get(name) ?? content(name);
      opened.set(name, pending);
      const blob = await pending;
      return blob && blobFile(blob, pathOf(name), options.signal);
    },
  };
}
