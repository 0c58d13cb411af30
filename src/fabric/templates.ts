import { compile, type Compiled } from '../reason/index.ts';
import type { Agent, Digest } from '../vocabulary/index.ts';

/** Compiled decision templates by version: each is linted and tested once, whoever uses it. */
export interface Templates {
  /** Throws Misuse `bad-decision-template`. */
  of(agent: Agent): Promise<Compiled>;
}

/** An empty set of compiled templates; they are compiled when first asked for. */
export function createTemplates(): Templates {
  const byVersion = new Map<Digest, Promise<Compiled>>();
  return {
    of({ reason }) {
      let compiled = byVersion.get(reason.version);
      if (compiled === undefined) {
        compiled = compile(reason);
        byVersion.set(reason.version, compiled);
      }
      return compiled;
    },
  };
}
