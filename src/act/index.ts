/**
 * Act: a Permit becomes an Outcome. Calls tools by HTTP, as a new event, or in this process; knows time-outs, bounded retries
 * of what certainly did not happen, breakers, bulkheads, and how to find out about the rest by effect class.
 *
 * Owns: the connections to enterprise systems; nothing durable. `fabric` calls it, after the gate. It imports `vocabulary` only.
 *
 * INVARIANT (no-action-without-permit): `perform` and `settle` have the Permit spent before anything else; one that is not on
 * record is refused and nothing is sent. No call is sent after the permit's time.
 * INVARIANT (secrets-never-in-entries): a secret is lent per call, kept nowhere, and taken out of what comes back.
 * INVARIANT (unknown-is-never-guessed): `done` and `failed` are said only of what is certain; all else is `unknown`. The code
 * `bad-result` says that it did happen: reconciliation finds such an effect in the tool's journal, and that is right.
 */
export { createActor, type Actor, type ActorOptions, type ActorStats } from './perform.ts';
export type { ToolSystem } from './http-call.ts';
export type { Publish } from './calls.ts';
