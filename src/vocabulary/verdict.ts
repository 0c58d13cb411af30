/** What the law says of an Intent, with the policies that determined it. */
export type Verdict =
  | { readonly kind: 'permitted'; readonly policies: readonly string[] }
  | {
      readonly kind: 'needs-approval';
      readonly policies: readonly string[];
      /** Who may answer: one of these roles, one entry for each policy that asks. */
      readonly roles: readonly string[];
      /** How long the question stands, in seconds. */
      readonly expiresInSeconds: number;
    }
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly policies: readonly string[];
      readonly why: string;
    };

/** Why something was refused; stable, listed in docs/refusals.md. */
export type RefusalCode =
  /** No policy permits it: the capability map does not hold this tool for this agent. */
  | 'no-permit'
  /** A policy forbids it. */
  | 'forbidden'
  /** The tool does not exist, or is not the one the agent knew. */
  | 'unknown-tool'
  /** The arguments do not fit the tool's schema. */
  | 'bad-arguments'
  /** The capability's limits are exceeded in a way that no approval can lift. */
  | 'over-limit'
  /** Judging failed; a fault is never a permission. */
  | 'judging-failed'
  /** Stopped by the fence: this scope is halted. */
  | 'stopped'
  /** The budget has no room. */
  | 'over-budget'
  /** People declined it. */
  | 'declined'
  /** Nobody answered in time; silence is never consent. */
  | 'expired'
  /** The agent is not active: draft, expired, suspended or retired. */
  | 'agent-not-active';
