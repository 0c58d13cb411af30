import { randomBytes } from 'node:crypto';
import { bindEdit, type Answering, type Judge } from '../../govern/index.ts';
import {
  canonical,
  digestText,
  Misuse,
  NO_TRAIL,
  type Approval,
  type Intent,
  type Json,
  type Tool,
} from '../../vocabulary/index.ts';
import { questionOf, type GateOptions } from '../gate.ts';
import type { Records } from '../records.ts';
import { actOf, asking, withArguments } from './answer.ts';

export interface EditingOptions extends Pick<
  GateOptions,
  'registry' | 'clock' | 'environment' | 'standing' | 'revision'
> {
  readonly judge: Judge;
  readonly records: Pick<Records, 'openRuns' | 'effectsOf'>;
}

type Edit = Extract<Answering, { kind: 'edit' }>;

/**
 * What an edit comes to: the arguments checked against the tool's schema, the whole judged again as if nobody had approved
 * anything, and bound anew.
 *
 * @throws Misuse `bad-request` when the arguments do not fit; `forbidden` with what the law says when it refuses them;
 * `already-answered` when the run is over; `changed-meanwhile` when the tool is another one now. RetryLater `tool-unavailable`.
 */
export async function editOf(
  options: EditingOptions,
  approval: Approval,
  given: Json,
): Promise<Omit<Edit, 'reason' | 'onBehalfOf'>> {
  const { bound } = approval;
  const [runs, effects] = await Promise.all([
    options.records.openRuns([bound.run]),
    options.records.effectsOf([bound.run]),
  ]);
  const event = runs.get(bound.run)?.event;
  if (event === undefined) throw new Misuse('already-answered', 'its run is over');
  const tool = options.registry.tool(bound.tool, bound.tenant)?.tool;
  if (tool === undefined || tool.digest !== bound.toolDigest) {
    throw new Misuse('changed-meanwhile', `\`${bound.tool}\` is not the tool any more that this was asked for`);
  }
  const argumentsText = fitting(tool, given);
  const trail = effects.get(bound.run)?.get(bound.step)?.trail ?? event.trail ?? NO_TRAIL;
  const intent = withArguments(standsFor(approval, trail), argumentsText, tool);
  const standing = options.standing();
  const { verdict } = options.judge(questionOf(options, { event }, intent, standing), standing.lawOf(intent.tenant));
  if (verdict.kind === 'refused') {
    const by = verdict.policies.length === 0 ? '' : ` (${verdict.policies.join(', ')})`;
    throw new Misuse('forbidden', `the law refuses it as edited: ${verdict.code}${by}: ${verdict.why}`);
  }
  const revision = tool.revision === null ? null : await options.revision(tool, intent);
  const policies = verdict.kind === 'needs-approval' ? verdict.policies : [];
  const edited = bindEdit(approval, {
    act: actOf(intent, { standing, principal: event.principal, revision }),
    ...asking(standing.lawOf(intent.tenant), policies),
    now: options.clock.now(),
    nonce: randomBytes(16).toString('hex'),
  });
  return { kind: 'edit', ...edited, verdict: verdict.kind };
}

/** The canonical text of arguments that the tool's schema understands, all of them and nothing else. */
function fitting(tool: Tool, given: Json): string {
  const argumentsText = canonical(given);
  const fits = tool.input.safeParse(given);
  if (!fits.success) {
    const [issue] = fits.error.issues;
    throw new Misuse(
      'bad-request',
      `\`arguments.${issue?.path.join('.') ?? ''}\`: ${issue?.message ?? 'does not fit'}`,
    );
  }
  if (canonical(fits.data) !== argumentsText) {
    throw new Misuse('bad-request', 'the arguments hold something that the tool does not know');
  }
  return argumentsText;
}

/** The intent that is asked about, as far as judging it depends on it. */
function standsFor({ bound }: Approval, trail: Intent['trail']): Intent {
  const { tenant, run, step, agent, agentVersion, tool, toolDigest, argumentsText, amount, resource, label } = bound;
  return {
    tenant,
    run,
    step,
    agent,
    agentVersion,
    tool,
    toolDigest,
    arguments: JSON.parse(argumentsText) as Json,
    argumentsText,
    argumentsDigest: digestText(argumentsText),
    amount,
    resource,
    why: '',
    evidence: [],
    label,
    trail,
  };
}
