import { Command } from 'commander';
import { autonomyFor, manifestOf } from '../../fleet/index.ts';
import { Misuse, showMoney, type Agent, type AutonomyLevel } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { table } from '../table.ts';
import { nearest } from '../nearest.ts';

const MEANING: Readonly<Record<AutonomyLevel, string>> = {
  L0: 'observes',
  L1: 'suggests',
  L2: 'every action is approved',
  L3: 'risky actions are approved',
  L4: 'some are reviewed',
  L5: 'reviewed afterwards',
};

export function fleetShowCommand(cli: Cli): Command {
  return new Command('show')
    .summary('one agent: what it is, and the law it works under')
    .description(
      'Shows an agent as it is defined in this checkout: who answers for it, what it works on and decides by, and what it may ' +
        'do: each tool with its effect class, its limits, and how much of it goes without a person. Needs no platform.',
    )
    .argument('<agent>', 'its name, as `reeve fleet list` shows it')
    .addHelpText('after', examples(['reeve fleet show claims-payment-proposal.domestic', 'what this agent may do']))
    .action((name: string, _: unknown, command: Command) =>
      cli.run(command, async (session) => {
        const { FLEETS } = await import('../../../fleets/index.ts');
        const agents = FLEETS.flatMap((fleet) => fleet.agents);
        const agent = agents.find((one) => one.name === name);
        if (agent === undefined) throw unknownAgent(name, agents);
        const { dim, bold } = session.paint;
        const fields: [string, string][] = [
          ['purpose', agent.purpose],
          ['role', `${agent.role}, for ${agent.unit} in ${agent.tenant}`],
          ['owner', agent.owner],
          ['until', agent.expires],
          ['works on', agent.perceive.type],
          ['recalls', Object.keys(agent.recall).join(', ') || 'nothing'],
          ['decides by', `${agent.reason.name} ${dim(agent.reason.version.slice(0, 19))}`],
          ['version', agent.version],
        ];
        session.answer(manifestOf(agent), () => [
          bold(agent.name),
          ...fields.map(([field, text]) => `  ${dim(field.padEnd(10))}  ${text}`),
          '',
          ...table(
            agent.act.map((capability) => ({ ...capability, level: autonomyFor(agent, capability.tool.name) })),
            [
              { heading: 'may use', cell: ({ tool }) => tool.name, paint: bold },
              { heading: 'class', cell: ({ tool }) => tool.effect },
              { heading: 'risk', cell: ({ tool }) => tool.risk },
              { heading: 'up to', cell: ({ upTo }) => (upTo === null ? '-' : showMoney(upTo)), align: 'right' },
              { heading: 'on', cell: ({ resources }) => (resources.length === 0 ? 'any' : resources.join(', ')) },
              { heading: 'autonomy', cell: ({ level }) => `${level}: ${MEANING[level]}` },
            ],
            { width: session.width, heading: dim },
          ),
        ]);
      }),
    );
}

function unknownAgent(name: string, agents: readonly Agent[]): Misuse {
  const ofRole = agents.filter(({ role }) => role === name);
  if (ofRole.length > 0) {
    const names = ofRole.map((agent) => `\`${agent.name}\``).join(', ');
    return new Misuse('unknown-agent', `\`${name}\` is a role, and ${ofRole.length} agents have it`, {
      fix: `show one: ${names}`,
    });
  }
  const like = nearest(
    name,
    agents.map((agent) => agent.name),
  );
  return new Misuse('unknown-agent', `no agent is named \`${name}\``, {
    fix: like === null ? '`reeve fleet list` shows them all' : `did you mean \`${like}\`?`,
  });
}
