/** How a person or the system asks the platform to stop. */
export interface Interrupt {
  /** Resolves when asked to stop, with the signal. */
  readonly asked: Promise<NodeJS.Signals>;
  /** True from then on. */
  readonly isAsked: boolean;
  /** Stops listening. */
  close(): void;
}

/** `npm`, the script that runs us and the terminal may each hand on one and the same Ctrl-C. */
const SAME_SIGNAL_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens for signals: the first asks to stop, another one after it calls `force`. */
export function listenForInterrupt(force: () => void, now: () => number = Date.now): Interrupt {
  let at: number | null = null;
  let resolve: (signal: NodeJS.Signals) => void;
  const asked = new Promise<NodeJS.Signals>((done) => (resolve = done));
  const hear = (signal: NodeJS.Signals) => {
    const since = at === null ? null : now() - at;
    if (since === null) {
      at = now();
      resolve(signal);
    } else if (since >= SAME_SIGNAL_MS) {
      force();
    }
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return {
    asked,
    get isAsked() {
      return at !== null;
    },
    close: () => SIGNALS.forEach((signal) => process.off(signal, hear)),
  };
}
