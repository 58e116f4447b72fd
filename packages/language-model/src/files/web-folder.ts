import { blobFile } from './blobs.js';
import { type FetchOptions, FileFetcher } from './fetch-file.js';
import { type FileFolder, namesIn } from './opened-file.js';

/**
 * The files below an address. Each is fetched whole, once, when it is first opened.
 *
 * @param address of the folder, or with the name '' of the file itself; its query belongs to each file
 * @param optional names of files for which a server without them may send a web page
 * @param hidden those of them for which it may also answer 403, once it has given another file
 */
export function webFolder(
  address: URL,
  {
    optional = [],
    hidden = [],
    ...options
  }: FetchOptions & { readonly optional?: readonly string[]; readonly hidden?: readonly string[] },
): FileFolder {
  const fetcher = new FileFetcher(options);
  const opened = new Map<string, Promise<Blob | undefined>>();
  const pathOf = (name: string): string => {
    const url = new URL(address);
    if (name !== '') url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name}`;
    return url.href;
  };
  /** Whether this server lets files be read. */
  let isReadable = false;
  const content = async (name: string): Promise<Blob | undefined> => {
    const blob = await fetcher.fetch(pathOf(name), {
      isOptional: optional.includes(name),
      mayBeHidden: isReadable && hidden.includes(name),
    });
    isReadable ||= blob !== undefined;
    return blob;
  };
  return {
    place: address.href.replace(/\/+$/, ''),
    pathOf,
    // A server does not say which files it has.
    list: async (folder) => namesIn(folder, optional),
    async open(name) {
      const pending = opened.get(name) ?? content(name);
      opened.set(name, pending);
      const blob = await pending;
      return blob && blobFile(blob, pathOf(name), options.signal);
    },
  };
}
