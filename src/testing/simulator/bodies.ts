const MOST_BODIES = 4_096;
const MOST_BYTES = 16 * 1024 * 1024;

/** The last few thousand bodies, so that a document can be read back without keeping all of them. */
export function rememberBodies(): { keep(place: string, body: Buffer): void; find(place: string): string | null } {
  /** In order of writing, oldest first. */
  const bodies = new Map<string, string>();
  let bytes = 0;
  const drop = (place: string): void => {
    bytes -= bodies.get(place)?.length ?? 0;
    bodies.delete(place);
  };
  return {
    keep: (place, body) => {
      drop(place);
      // As text: a slice of the connection's buffer would hold on to all of that buffer.
      const text = body.toString('utf8');
      bodies.set(place, text);
      bytes += text.length;
      for (const oldest of bodies.keys()) {
        if (bodies.size <= MOST_BODIES && bytes <= MOST_BYTES) break;
        drop(oldest);
      }
    },
    find: (place) => bodies.get(place) ?? null,
  };
}
