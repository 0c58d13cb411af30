import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import { messageOf, Misuse } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { moment } from '../humane.ts';
import { Proposed, sayProposed } from '../policy-words.ts';
import { printable } from '../printable.ts';

const Own = z.looseObject({
  policies: z.string(),
  author: z.string().nullable(),
  reason: z.string(),
  at: z.string().nullable(),
});

export function policyTenantCommand(cli: Cli): Command {
  return new Command('tenant')
    .summary('what a tenant forbids beyond the base set; with a file, sets it')
    .argument('<tenant>', 'its name')
    .argument('[file]', 'Cedar: all that it shall forbid from now on; an empty file: nothing')
    .option('--reason <reason>', 'with a file: why; goes on record')
    .description(
      'A tenant inherits the base set and may only forbid more, under names of its own. What it adds holds at once; what it changes ' +
        'or takes away may weaken its law, and needs a second person.',
    )
    .addHelpText(
      'after',
      examples(
        ['reeve policy tenant north', 'what holds there besides'],
        ['reeve policy tenant north ./north.cedar --reason "no mail at night"', 'from now on'],
      ),
    )
    .action((tenant: string, file: string | undefined, { reason }: { reason?: string }, command: Command) =>
      cli.run(command, async (session) => {
        const client = connect(session);
        const path = `/v1/tenants/${encodeURIComponent(tenant)}/policies`;
        if (file === undefined) {
          const own = await client.get(path, Own);
          session.answer(own, () =>
            own.at === null
              ? [`\`${printable(tenant)}\` forbids no more than the base set does`]
              : [
                  session.paint.dim(`set ${moment(own.at)} by ${own.author ?? '-'}: ${printable(own.reason)}`),
                  ...own.policies.split('\n').map((line) => printable(line)),
                ],
          );
          return;
        }
        if (reason === undefined) throw new Misuse('bad-request', 'say why with `--reason`: it goes on record');
        const motion = await client.post(path, Proposed, JSON.stringify({ policies: read(file), reason }));
        session.answer(motion, () => sayProposed(motion));
      }),
    );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Misuse('bad-request', `cannot read \`${file}\`: ${messageOf(cause)}`, { cause });
  }
}
