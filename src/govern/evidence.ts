import {
  digest,
  type AgentId,
  type Digest,
  type Entry,
  type Evidence as Basis,
  type Json,
  type PermitId,
  type ToolId,
} from '../vocabulary/index.ts';

/** What exactly a record speaks of: with any of these changed, it speaks of something else. */
export interface Bindings {
  readonly agentVersion: Digest;
  readonly toolDigest: Digest;
  /** Version of the decision template. */
  readonly template: Digest;
  /** Of the policies in force. */
  readonly law: Digest;
}

export const BINDINGS = [
  'agentVersion',
  'toolDigest',
  'template',
  'law',
] as const satisfies readonly (keyof Bindings)[];

/** How an agent version has done with a tool, from the ledger alone. */
export interface Evidence {
  readonly agent: AgentId;
  readonly tool: ToolId;
  readonly bindings: Bindings;
  /** Acts before this time (milliseconds since the epoch) are too old to count. */
  readonly since: number;
  /** The entries that were looked at. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** People approved them as they were and they were done, or people looked afterwards and found them right. */
  readonly clean: number;
  /** People declined, edited or objected, or they failed. */
  readonly errors: number;
  /** Done, and nobody has said whether it was right: no evidence. */
  readonly unseen: number;
  /** Of every act that counts: where its intent stands, and as what. */
  readonly digest: Digest;
}

/** Kinds of entries that evidence is made of. */
export const EVIDENCE_KINDS = [
  'autonomy.changed',
  'incident.reported',
  'intent.parked',
  'intent.permitted',
  'intent.refused',
  'outcome.recorded',
  'outcome.settled',
  'review.recorded',
] as const satisfies readonly Entry['kind'][];

/** Whose acts, with what, under which bindings, from when. */
export type EvidenceWanted = Pick<Evidence, 'agent' | 'tool' | 'bindings' | 'since'>;

interface Intended {
  readonly step?: number;
  readonly permit: PermitId;
  readonly agentVersion: Digest;
  readonly tool: ToolId;
  readonly toolDigest: Digest;
  readonly argumentsDigest: Digest;
  readonly evidence: readonly Basis[];
  readonly law: { readonly policies: Digest };
  readonly verdict: { readonly code?: string };
  readonly approval?: object;
}

/** All that is known of one act. */
interface Seen {
  /** What was put to people, by the digest of its arguments. */
  readonly asked: Set<Digest>;
  permitted: { readonly seq: number; readonly at: number; readonly intent: Intended } | null;
  declined: { readonly seq: number; readonly at: number; readonly intent: Intended } | null;
  outcome: string | null;
  review: 'ok' | 'not-ok' | null;
}

/**
 * Counts what the ledger says of one agent version and one tool, under exactly these bindings. A promotion starts the count anew,
 * since each level is earned by itself, and so does an incident of severity 1 or 2.
 *
 * @param entries of this agent, in order; what is not of {@link EVIDENCE_KINDS} is passed over
 */
export function evidenceOf(entries: Iterable<Entry>, wanted: EvidenceWanted, toSeq: number): Evidence {
  const acts = new Map<PermitId, Seen>();
  let fromSeq = 1;
  for (const entry of entries) {
    if (entry.agent !== wanted.agent || entry.seq > toSeq) continue;
    if (startsAnew(entry, wanted.tool)) {
      acts.clear();
      fromSeq = entry.seq + 1;
    } else note(acts, entry);
  }
  const counted: { readonly seq: number; readonly was: 'clean' | 'error' }[] = [];
  let unseen = 0;
  for (const act of acts.values()) {
    const was = judgeAct(act, wanted);
    if (was === 'unseen') unseen += 1;
    else if (was !== null) counted.push({ seq: (act.permitted ?? act.declined)?.seq ?? 0, was });
  }
  counted.sort((a, b) => a.seq - b.seq);
  const clean = counted.filter(({ was }) => was === 'clean').length;
  const { agent, tool, bindings, since } = wanted;
  return {
    agent,
    tool,
    bindings,
    since,
    fromSeq,
    toSeq,
    clean,
    errors: counted.length - clean,
    unseen,
    digest: digest(counted as unknown as Json),
  };
}

/** The bindings in which two differ. */
export function bindingsThatDiffer(a: Bindings, b: Bindings): readonly (keyof Bindings)[] {
  return BINDINGS.filter((name) => a[name] !== b[name]);
}

/** Failures by which nothing was sent: a stop, or a world that was away, says nothing of the agent. */
const NEVER_LEFT: readonly string[] = ['not-sent', 'stopped'];

function note(acts: Map<PermitId, Seen>, { kind, seq, at, body: json }: Entry): void {
  const body = json as unknown as Intended & {
    outcome?: { kind: string; code?: string };
    answer?: string;
    late?: boolean;
  };
  const seen = (): Seen => {
    const known = acts.get(body.permit);
    if (known !== undefined) return known;
    const made: Seen = { asked: new Set(), permitted: null, declined: null, outcome: null, review: null };
    acts.set(body.permit, made);
    return made;
  };
  switch (kind) {
    case 'intent.parked':
      seen().asked.add(body.argumentsDigest);
      return;
    case 'intent.permitted':
      seen().permitted = { seq, at: Date.parse(at), intent: body };
      return;
    case 'intent.refused':
      if (body.verdict.code === 'declined') seen().declined = { seq, at: Date.parse(at), intent: body };
      return;
    case 'outcome.recorded':
    case 'outcome.settled':
      // Its intent came before the count began.
      if (acts.has(body.permit))
        seen().outcome = NEVER_LEFT.includes(body.outcome?.code ?? '') ? 'never-left' : (body.outcome?.kind ?? null);
      return;
    case 'review.recorded':
      // What is found wrong counts whenever it is found; what is found right too late does not.
      if (acts.has(body.permit) && (body.answer === 'not-ok' || body.late !== true)) {
        seen().review = body.answer === 'ok' ? 'ok' : 'not-ok';
      }
      return;
    default:
      return;
  }
}

function judgeAct(
  { asked, permitted, declined, outcome, review }: Seen,
  wanted: EvidenceWanted,
): 'clean' | 'error' | 'unseen' | null {
  const found = permitted ?? declined;
  if (found === null || found.at < wanted.since || !isOf(found.intent, wanted)) return null;
  if (permitted === null || review === 'not-ok' || outcome === 'failed') return 'error';
  // The agent's own arguments were put to people; what ran is something else: somebody mended it.
  const edited = asked.size > 1 || (asked.size === 1 && !asked.has(permitted.intent.argumentsDigest));
  if (edited) return 'error';
  // Also what never left: neither the agent's merit nor its fault.
  if (outcome !== 'done') return null;
  return permitted.intent.approval !== undefined || review === 'ok' ? 'clean' : 'unseen';
}

function isOf({ agentVersion, tool, toolDigest, evidence, law }: Intended, wanted: EvidenceWanted): boolean {
  const { bindings } = wanted;
  return (
    tool === wanted.tool &&
    agentVersion === bindings.agentVersion &&
    toolDigest === bindings.toolDigest &&
    law.policies === bindings.law &&
    evidence.some((basis) => basis.kind === 'decision' && basis.version === bindings.template)
  );
}

function startsAnew({ kind, body: json }: Entry, tool: ToolId): boolean {
  const body = json as { tool?: string | null; severity?: number; state?: string };
  const covers = body.tool === null || body.tool === tool;
  if (kind === 'incident.reported') return covers && (body.severity ?? 1) <= 2;
  return kind === 'autonomy.changed' && covers && body.state === 'promoted';
}
