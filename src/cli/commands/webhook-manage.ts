import { Command } from 'commander';
import { Webhook, Webhooks, WebhookWithSecret } from '../approval-answers.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { relative } from '../humane.ts';
import { table } from '../table.ts';

interface Options {
  readonly kinds: readonly string[];
  readonly tenant: string;
}

export function webhookCreateCommand(cli: Cli): Command {
  return new Command('create')
    .summary('tell somebody what happens from now on')
    .description(
      'Sends a signed message for each ledger entry of these kinds: that it happened and where to look, nothing of what it is ' +
        'about. The secret that messages are signed with is shown now and never again.',
    )
    .argument('<url>', 'http or https')
    .requiredOption('--kinds <kinds...>', 'kinds of entries, such as `intent.parked` and `approval.settled`')
    .requiredOption('--tenant <tenant>', 'whose; `*` for all')
    .addHelpText(
      'after',
      examples([
        'reeve webhook create https://chat.example/hook --kinds intent.parked approval.escalated --tenant finance',
        '',
      ]),
    )
    .action((url: string, { kinds, tenant }: Options, command: Command) =>
      cli.run(command, async (session) => {
        const body = JSON.stringify({ url, kinds, tenant });
        const made = await connect(session).post('/v1/webhooks', WebhookWithSecret, body);
        session.answer(made, () => [`${made.id} is in force`, `secret (shown this once): ${made.secret}`]);
      }),
    );
}

export function webhookListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('where others are told what happens')
    .description('Lists webhooks, and what is wrong with those that take nothing.')
    .addHelpText('after', examples(['reeve webhook list', 'is anything failing, and when is it tried again?']))
    .action((_: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const { items } = await connect(session).get('/v1/webhooks', Webhooks);
        const now = Date.now();
        session.answer(items, () =>
          table(
            items,
            [
              { heading: 'webhook', cell: ({ id }) => id },
              { heading: 'state', cell: ({ state }) => state },
              { heading: 'tenant', cell: ({ tenant }) => tenant },
              { heading: 'url', cell: ({ url }) => url },
              { heading: 'kinds', cell: ({ kinds }) => kinds.join(', ') },
              {
                heading: 'failing',
                cell: ({ failing, nextTry }) =>
                  failing === null
                    ? '-'
                    : `${failing.why}, since ${relative(failing.since, now)}${nextTry === null ? '' : `, tried again ${relative(nextTry, now)}`}`,
              },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
        );
      }),
    );
}

export function webhookRemoveCommand(cli: Cli): Command {
  return new Command('remove')
    .summary('tell them nothing more')
    .description('Removes a webhook: what happens from now on is not told there, nor what was not delivered yet.')
    .argument('<webhook>', 'its id, `whk_...`')
    .requiredOption('--reason <reason>', 'why; goes on record')
    .addHelpText('after', examples(['reeve webhook remove WEBHOOK --reason "the chat moved"', '']))
    .action((id: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/webhooks/${encodeURIComponent(id)}/remove`;
        const gone = await connect(session).post(path, Webhook, JSON.stringify({ reason }));
        session.answer(gone, () => [`${gone.id} is removed`]);
      }),
    );
}

export function webhookReviveCommand(cli: Cli): Command {
  return new Command('revive')
    .summary('try a dead one again')
    .description('Goes on where a webhook stopped that took nothing for 24 hours: what happened meanwhile is told now.')
    .argument('<webhook>', 'its id, `whk_...`')
    .addHelpText('after', examples(['reeve webhook revive WEBHOOK', 'its receiver is mended']))
    .action((id: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const revived = await connect(session).post(`/v1/webhooks/${encodeURIComponent(id)}/revive`, Webhook, '');
        session.answer(revived, () => [`${revived.id} is ${revived.state}`]);
      }),
    );
}
