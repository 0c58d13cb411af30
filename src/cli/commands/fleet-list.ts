import { Command } from 'commander';
import { Misuse, type Agent } from '../../vocabulary/index.ts';
import { examples, wholeNumber } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { counted } from '../humane.ts';
import { table } from '../table.ts';

interface Options {
  readonly tenant?: string;
  readonly role?: string;
  readonly limit: number;
  readonly cursor?: string;
}

export function fleetListCommand(cli: Cli): Command {
  return new Command('list')
    .summary('the agents that are defined here')
    .description(
      'Lists the agents of the fleets in this checkout: what each is, for whom it works, and on what. Needs no platform.',
    )
    .option('--tenant <tenant>', 'only those of one tenant')
    .option('--role <role>', 'only those of one role')
    .option('--limit <agents>', 'most agents to list', wholeNumber(1, 10_000), 100)
    .option('--cursor <agent>', 'go on after this agent')
    .addHelpText(
      'after',
      examples(
        ['reeve fleet list --tenant finance', 'the agents of finance'],
        ['reeve fleet show AGENT', 'the law of one of them'],
      ),
    )
    .action((options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const { FLEETS } = await import('../../../fleets/index.ts');
        const agents = FLEETS.flatMap((fleet) => fleet.agents)
          .filter(({ tenant, role }) => (options.tenant ?? tenant) === tenant && (options.role ?? role) === role)
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        if (agents.length === 0) {
          throw new Misuse('not-found', 'no agent is defined that fits', {
            fix: `the tenants are ${FLEETS.map(({ tenant }) => `\`${tenant}\``).join(', ')}`,
          });
        }
        const rest = options.cursor === undefined ? agents : agents.filter(({ name }) => name > (options.cursor ?? ''));
        const page = rest.slice(0, options.limit);
        const next = rest.length > page.length ? (page.at(-1)?.name ?? null) : null;
        session.answer({ agents: page.map(rowOf), next }, () => [
          ...table(
            page,
            [
              { heading: 'agent', cell: ({ name }) => name, paint: session.paint.bold },
              { heading: 'tenant', cell: ({ tenant }) => tenant },
              { heading: 'unit', cell: ({ unit }) => unit },
              { heading: 'works on', cell: ({ perceive }) => perceive.type },
              { heading: 'tools', align: 'right', cell: ({ act }) => String(act.length) },
              { heading: 'autonomy', cell: ({ autonomy }) => autonomy.default },
              { heading: 'purpose', cell: ({ purpose }) => purpose },
            ],
            { width: session.width, heading: session.paint.dim },
          ),
          '',
          next === null
            ? counted(agents.length, 'agent')
            : `${counted(rest.length - page.length, 'more agent')}: \`--cursor ${next}\` goes on`,
        ]);
      }),
    );
}

function rowOf({ name, tenant, role, unit, purpose, owner, perceive, act, autonomy, version }: Agent) {
  return {
    name,
    tenant,
    role,
    unit,
    purpose,
    owner,
    version,
    worksOn: perceive.type,
    tools: act.map(({ tool }) => tool.name),
    autonomy: autonomy.default,
  };
}
