/**
 * What links to a heading have after `#`, as GitHub makes it, so that one link works there and on the site. The second heading of
 * the same name gets `-1`, which VitePress does itself.
 */
export function headingSlug(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}
