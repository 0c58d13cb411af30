import type { Compiled, Thought } from '../reason/index.ts';
import type { Past, Recollection } from '../remember/index.ts';
import type {
  Agent,
  Digest,
  EffectClass,
  EffectState,
  Event,
  Intent,
  Label,
  Outcome,
  Permit,
  PermitId,
  Proposal,
  Run,
  RunState,
  Tool,
  ToolId,
  Trail,
} from '../vocabulary/index.ts';

/** One run to carry out. */
export interface Task {
  readonly run: Run;
  readonly agent: Agent;
  readonly event: Event;
  /** Effects of earlier attempts by step; absent when this is certainly the first. */
  readonly effects?: ReadonlyMap<number, EffectOnRecord>;
}

/** An effect as the record has it. */
export interface EffectOnRecord {
  readonly permit: PermitId;
  readonly step: number;
  readonly state: EffectState;
  readonly tool: ToolId;
  readonly toolDigest: Digest;
  readonly effect: EffectClass;
  readonly argumentsText: string;
  readonly argumentsDigest: Digest;
  readonly why: string;
  /** The version of the agent that wanted it. */
  readonly agentVersion: Digest;
  /** Of everything that went into it. */
  readonly label: Label;
  /** What the run tree had done and seen before it; null when the record does not say. */
  readonly trail: Trail | null;
}

/** What an intent rests on. */
export interface Deliberation {
  readonly known: Recollection;
  readonly thought: Thought;
}

/** What came of presenting an intent at the gate. */
export type Passage =
  | { readonly kind: 'permitted'; readonly permit: Permit }
  /** Refused, or parked until people answer; already on record. */
  | { readonly kind: 'stopped'; readonly end: RunEnd }
  /** Rehearsal: judged, noted, not done. */
  | { readonly kind: 'noted' };

/** How one step went. */
export type Act =
  | { readonly kind: 'performed'; readonly permit: PermitId; readonly outcome: Outcome; readonly settled: boolean }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'ended'; readonly end: RunEnd };

/** Where the run stands when the loop returns. `queued` never: that is for runs that have not been worked. */
export interface RunEnd {
  readonly state: Exclude<RunState, 'queued' | 'set-aside'>;
  readonly why: string;
}

/** Everything that the loop does to the world. */
export interface World {
  readonly past: Past;
  templateOf(agent: Agent): Promise<Compiled>;
  /** Judge, and if permitted the gate: on record before it returns. */
  pass(task: Task, intent: Intent, proposal: Proposal, deliberation: Deliberation): Promise<Passage>;
  perform(permit: Permit, tool: Tool): Promise<Outcome>;
  /** An effect without an outcome, from before a crash: settled by its class. */
  settle(effect: EffectOnRecord, task: Task): Promise<Outcome>;
  /** The outcome, the budget, and the run's end when this was its last step, in one record. */
  record(task: Task, act: Extract<Act, { kind: 'performed' }>, end: RunEnd | null): Promise<void>;
  /** The end of a run that is not the outcome of an act. */
  conclude(task: Task, end: RunEnd, deliberation: Deliberation): Promise<RunEnd>;
}
