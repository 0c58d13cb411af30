import { Command, Option } from 'commander';
import { AUTONOMY_LEVELS } from '../../vocabulary/index.ts';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { ProposedAnswer } from '../freedom-answers.ts';
import { sayMotion } from '../motion-words.ts';

const to = () => new Option('--to <level>', 'the level').choices(AUTONOMY_LEVELS).makeOptionMandatory();
const REASON = ['--reason <reason>', 'why; goes on record'] as const;
interface Options {
  readonly to: string;
  readonly reason: string;
}

export function autonomyPromoteCommand(cli: Cli): Command {
  return new Command('promote')
    .argument('<agent>', 'name of the agent')
    .argument('<tool>', 'name of the tool')
    .summary('propose to raise an agent by one level for one tool')
    .description(
      'Counts the evidence from the ledger and proposes to raise the agent by one level. It is refused with the figures when ' +
        'there is not enough; a second person sees the figures, and they are counted again when it is carried out. What is ' +
        'earned lasts 90 days, and only while agent version, tool, template and policies stay as they are.',
    )
    .addOption(to())
    .requiredOption(...REASON)
    .addHelpText(
      'after',
      examples([
        'reeve autonomy promote claims-intake.faculty-1 claims.open --to L4 --reason "three good months"',
        'from L3 to sampled review',
      ]),
    )
    .action((agent: string, tool: string, options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/agents/${encodeURIComponent(agent)}/autonomy/promote`;
        const found = await connect(session).post(path, ProposedAnswer, JSON.stringify({ tool, ...wishOf(options) }));
        session.answer(found, () => sayMotion(found));
      }),
    );
}

export function autonomyLowerCommand(cli: Cli): Command {
  return new Command('lower')
    .argument('<agent>', 'name of the agent')
    .argument('[tool]', 'name of the tool; every tool when left out')
    .summary('lower an agent at once, all its versions')
    .description('Lowers an agent below its level. It holds when this command ends, until two people lift it.')
    .addOption(to())
    .requiredOption(...REASON)
    .addHelpText(
      'after',
      examples([
        'reeve autonomy lower claims-intake.faculty-1 --to L2 --reason "new in the job"',
        'every act approved',
      ]),
    )
    .action((agent: string, tool: string | undefined, options: Options, command: Command) =>
      cli.run(command, async (session) => {
        const path = `/v1/agents/${encodeURIComponent(agent)}/autonomy/lower`;
        const body = JSON.stringify({ tool: tool ?? null, ...wishOf(options) });
        const found = await connect(session).post(path, ProposedAnswer, body);
        session.answer(found, () => sayMotion(found));
      }),
    );
}

export function autonomyLiftCommand(cli: Cli): Command {
  return new Command('lift')
    .argument('<id>', 'what lowered the agent: an incident or a motion, as `reeve autonomy show` names it')
    .summary('propose to lift what lowered an agent')
    .description('Proposes to lift it. A second person has to want it too; then the declared level holds again.')
    .requiredOption('--tenant <tenant>', 'tenant of the agent')
    .requiredOption(...REASON)
    .addHelpText(
      'after',
      examples(['reeve autonomy lift INCIDENT --tenant finance --reason "mended"', 'after an incident']),
    )
    .action((ceiling: string, { tenant, reason }: { tenant: string; reason: string }, command: Command) =>
      cli.run(command, async (session) => {
        const body = JSON.stringify({ ceiling, tenant, reason });
        const found = await connect(session).post('/v1/autonomy/lift', ProposedAnswer, body);
        session.answer(found, () => sayMotion(found));
      }),
    );
}

function wishOf({ to: level, reason }: Options): Options {
  return { to: level, reason };
}
