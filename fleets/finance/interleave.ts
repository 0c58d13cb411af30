type Work<T> = AsyncIterable<T> | Iterable<T>;

/** One of `others` after every `every` of `many`, each in its own order; whatever is left over comes last. */
export async function* interleave<T>(many: Work<T>, others: Work<T>, every: number): AsyncGenerator<T> {
  // Delegating makes both kinds of work asynchronous iterators, which are closed with this one.
  await using other = (async function* () {
    yield* others;
  })();
  let count = 0;
  for await (const one of many) {
    yield one;
    count += 1;
    if (count % every !== 0) continue;
    const next = await other.next();
    if (!next.done) yield next.value;
  }
  yield* other;
}
