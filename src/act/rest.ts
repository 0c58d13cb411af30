/** Waiting, and the end of it: how an actor spends its time between attempts. */
export function createRest(sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))) {
  const stop = Promise.withResolvers<void>();
  let stopping = false;
  return {
    sleep,
    stopping: () => stopping,
    unlessStopping: async (ms: number): Promise<boolean> => {
      if (!stopping) await Promise.race([sleep(ms), stop.promise]);
      return !stopping;
    },
    stop: () => {
      stopping = true;
      stop.resolve();
    },
  };
}
