import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { messageOf, Misuse } from '../../vocabulary/index.ts';
import { Approval, ApprovalInFull, ApprovalResults } from '../approval-answers.ts';
import { sayApproval, sayInOneLine } from '../approval-words.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect, type Client } from '../client.ts';
import { confirmed } from '../confirm.ts';
import { paintState } from '../paint.ts';
import { printable } from '../printable.ts';
import { EXIT, type Exit, type Session } from '../session.ts';

interface Options {
  readonly reason?: string;
  readonly digest?: string;
  readonly for?: string;
  readonly yes?: boolean;
}

const DIGEST = 'of the question that you saw; without it, as it stands now and is shown to you';

export function approvalApproveCommand(cli: Cli): Command {
  return answering(new Command('approve').argument('<approvals...>', 'ids, `apr_...`'))
    .summary('say yes to exactly what is shown')
    .description(
      'Approves what is shown, by its digest: with anything changed meanwhile, nothing happens. Asks first; elsewhere than at a ' +
        'terminal, `--yes` says that you have looked. Several at once, where their rules allow it, are each bound by themselves.',
    )
    .option('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples(
        ['reeve approval approve apr_0123456789abcdef0123456789abcdef', 'shows it, and asks'],
        ['reeve approval approve APPROVAL --digest sha256:... --yes', 'in a script: that question and no other'],
      ),
    )
    .action((ids: readonly string[], options: Options, command: Command) =>
      cli.run(command, (session) => answerAll(session, 'approve', ids, options)),
    );
}

export function approvalDeclineCommand(cli: Cli): Command {
  return answering(new Command('decline').argument('<approvals...>', 'ids, `apr_...`'))
    .summary('say no: it never runs')
    .description('Declines: it never runs. One who may answer and says no has said no for all.')
    .requiredOption('--reason <reason>', 'why; the agent’s owner reads it')
    .addHelpText('after', examples(['reeve approval decline APPROVAL --reason "not our bill" --yes', 'it never runs']))
    .action((ids: readonly string[], options: Options, command: Command) =>
      cli.run(command, (session) => answerAll(session, 'decline', ids, options)),
    );
}

export function approvalEditCommand(cli: Cli): Command {
  return answering(new Command('edit').argument('<approval>', 'its id, `apr_...`'))
    .summary('correct what would be executed, and approve that')
    .description(
      'Puts other arguments in place of those that the agent wants: checked by the tool’s schema, judged again, and another ' +
        'question for everybody else. Both versions stay on record.',
    )
    .requiredOption('--arguments <file>', 'JSON file with all arguments; `-` reads them from stdin')
    .option('--reason <reason>', 'why; goes on record')
    .addHelpText(
      'after',
      examples(['reeve approval edit APPROVAL --arguments corrected.json --reason "wrong amount"', '']),
    )
    .action((id: string, options: Options & { readonly arguments: string }, command: Command) =>
      cli.run(command, async (session) => {
        const edited = readArguments(options.arguments);
        const client = connect(session);
        const seen = await look(client, id, options);
        for (const line of sayApproval(seen, session.paint, Date.now())) session.note(line);
        session.note(`  in their place: ${printable(JSON.stringify(edited))}`);
        if (!(await confirmed(session, 'Execute this instead?', options.yes === true))) return EXIT.failed;
        const body = { kind: 'edit', digest: seen.digest, arguments: edited, ...said(options) };
        return told(session, await send(client, id, body));
      }),
    );
}

export function approvalWithdrawCommand(cli: Cli): Command {
  return new Command('withdraw')
    .summary('take your answer back, while others are still to answer')
    .description('Withdraws your answer. What has been settled stays settled.')
    .argument('<approval>', 'its id, `apr_...`')
    .option('--reason <reason>', 'why; goes on record')
    .addHelpText('after', examples(['reeve approval withdraw APPROVAL --reason "looked at the wrong bill"', '']))
    .action((id: string, options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const { digest } = await look(client, id, {});
        return told(session, await send(client, id, { kind: 'withdraw', digest, ...said(options) }));
      }),
    );
}

function answering(command: Command): Command {
  return command
    .option('--digest <digest>', DIGEST)
    .option('--for <person>', 'answer for somebody who delegated to you: their id')
    .option('--yes', 'do not ask: you have looked at it');
}

async function answerAll(
  session: Session,
  kind: 'approve' | 'decline',
  ids: readonly string[],
  options: Options,
): Promise<Exit> {
  const client = connect(session);
  const [first, ...others] = ids;
  if (first !== undefined && others.length === 0) {
    const seen = await look(client, first, options);
    for (const line of sayApproval(seen, session.paint, Date.now())) session.note(line);
    if (!(await confirmed(session, question(kind), options.yes === true))) return EXIT.failed;
    return told(session, await send(client, first, { kind, digest: seen.digest, ...said(options) }));
  }
  if (options.digest !== undefined || options.for !== undefined) {
    throw new Misuse('bad-request', '`--digest` and `--for` are for one at a time');
  }
  const seen = await Promise.all(ids.map((id) => look(client, id, {})));
  for (const one of seen) session.note(sayInOneLine(one));
  if (!(await confirmed(session, `${question(kind)} All ${seen.length} of them?`, options.yes === true)))
    return EXIT.failed;
  const items = seen.map(({ id, digest }) => ({ id, digest }));
  const body = JSON.stringify({ kind, reason: options.reason ?? '', items });
  const { results } = await client.post('/v1/approvals/answer', ApprovalResults, body);
  session.answer(results, () =>
    results.map(({ id, ok, state, code, why }) =>
      ok
        ? `${id}  ${paintState(session.paint, state ?? '')}  ${printable(why)}`
        : `${id}  ${session.paint.bad(code ?? 'refused')}  ${printable(why)}`,
    ),
  );
  return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

function question(kind: 'approve' | 'decline'): string {
  return kind === 'approve' ? 'Approve exactly this?' : 'Decline this?';
}

/** As it stands now; with a digest, only when that is what was seen. */
async function look(client: Client, id: string, { digest }: Options): Promise<ApprovalInFull> {
  const seen = await client.get(`/v1/approvals/${encodeURIComponent(id)}`, ApprovalInFull);
  if (digest !== undefined && digest !== seen.digest) {
    throw new Misuse('changed-meanwhile', 'this is not the question any more that you saw', {
      fix: `look at it again: \`reeve approval show ${id}\``,
    });
  }
  return seen;
}

function send(client: Client, id: string, body: object): Promise<Approval> {
  return client.post(`/v1/approvals/${encodeURIComponent(id)}/answer`, Approval, JSON.stringify(body));
}

function said({ reason, for: person }: Options): object {
  return { ...(reason !== undefined && { reason }), ...(person !== undefined && { onBehalfOf: person }) };
}

function told(session: Session, approval: Approval): Exit {
  session.answer(approval, () => [
    `${approval.id}  ${paintState(session.paint, approval.state)}  ${printable(approval.why)}`,
  ]);
  return EXIT.ok;
}

function readArguments(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path === '-' ? 0 : path, 'utf8')) as unknown;
  } catch (cause) {
    throw new Misuse('bad-json', `cannot read arguments from \`${path}\`: ${messageOf(cause)}`, { cause });
  }
}
