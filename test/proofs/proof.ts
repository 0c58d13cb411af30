/** At full size a proof is the promise; at reduced size it guards the promise in every test run. */
export type Size = 'full' | 'reduced';

/** One row of what Reeve must show, as something that anyone can run again. */
export interface Proof {
  /** What `npm run prove -- NAME` calls it. */
  readonly name: string;
  /** In one sentence, for the list. */
  readonly shows: string;
  /** Runs it from a seed, saying how it goes. Falling short is a result; only a proof that could not be run throws. */
  run(options: { readonly size: Size; readonly seed: number; log(line: string): void }): Promise<{
    readonly pass: boolean;
    readonly figures: Readonly<Record<string, Figure>>;
  }>;
}

export type Figure = number | string | boolean | null;
