/**
 * Questions that are asked one by one and answered together: whatever is asked while the last statement is under way goes into
 * the next one. One round trip then serves all runs of a batch, and one alone is asked at once.
 *
 * @param ask answers all keys, in their order.
 */
export function shareQuery<K, V>(ask: (keys: readonly K[]) => Promise<readonly V[]>): (key: K) => Promise<V> {
  let waiting: { readonly key: K; resolve(value: V): void; reject(error: unknown): void }[] = [];
  let asking = false;
  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (asking) return;
      asking = true;
      setImmediate(() => void askAll());
    });

  async function askAll(): Promise<void> {
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        const answers = await ask(asked.map(({ key }) => key));
        asked.forEach(({ resolve }, i) => resolve(answers[i] as V));
      } catch (error) {
        for (const { reject } of asked) reject(error);
      }
    }
    asking = false;
  }
}
