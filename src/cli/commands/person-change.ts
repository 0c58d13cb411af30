import { Command } from 'commander';
import { examples } from '../argument.ts';
import type { Cli } from '../cli.ts';
import { connect } from '../client.ts';
import { MotionSaid } from '../people-answers.ts';
import { sayChange } from '../people-words.ts';
import type { Session } from '../session.ts';

interface GrantOptions {
  readonly tenant: string;
  readonly as?: string;
  readonly reason: string;
}
const PERSON = ['<person>', 'their id, `per_...`'] as const;
const REASON = ['--reason <reason>', 'why; goes on record'] as const;

/** Proposes a change of a person, and says what became of it. */
async function propose(session: Session, kind: string, body: object, reason: string): Promise<void> {
  const motion = await connect(session).post('/v1/motions', MotionSaid, JSON.stringify({ kind, body, reason }));
  session.answer(motion, () => sayChange(motion, session.paint));
}

export function personGrantCommand(cli: Cli): Command {
  return roleCommand(cli, 'grant', 'person.grant')
    .summary('give a person a role')
    .description(
      'Gives a person a role. A viewer is made at once; every other role takes a second administrator, and whoever only ' +
        'looked before begins anew: their sessions, tokens and password end, and one of the two makes them a new link.',
    )
    .addHelpText(
      'after',
      examples(
        ['reeve person grant PERSON approver --as treasury --tenant finance --reason "new controller"', 'who approves'],
        ['reeve person grant PERSON administrator --reason "second one"', 'ends the single-operator mode, for good'],
      ),
    );
}

export function personRevokeCommand(cli: Cli): Command {
  return roleCommand(cli, 'revoke', 'person.revoke')
    .summary('take a role away')
    .description('Takes a role away, at once. Two administrators are left at least, once there were two.')
    .addHelpText('after', examples(['reeve person revoke PERSON operator --reason "moved on"', 'in every tenant']));
}

function roleCommand(cli: Cli, name: string, kind: string): Command {
  return new Command(name)
    .argument(...PERSON)
    .argument('<role>', 'viewer, approver, policy-author, operator, auditor or administrator')
    .option('--tenant <tenant>', 'where; `*` is everywhere', '*')
    .option('--as <name>', 'for an approver: the name that policies ask for')
    .requiredOption(...REASON)
    .action((person: string, role: string, { tenant, as, reason }: GrantOptions, command: Command) =>
      cli.run(command, (session) =>
        propose(session, kind, { person, grant: { tenant, role, as: as ?? null } }, reason),
      ),
    );
}

export function personLinkCommand(cli: Cli): Command {
  return new Command('link')
    .summary('count two people as the same human')
    .description(
      'Counts another person as the same human as the first: they sign in with the accounts of both, have the rights of the ' +
        'first, and answer once. Takes a second administrator.',
    )
    .argument(...PERSON)
    .argument('<other>', 'whose accounts are theirs too')
    .requiredOption(...REASON)
    .addHelpText('after', examples(['reeve person link PERSON OTHER --reason "two accounts"', 'one vote from now on']))
    .action((person: string, other: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, (session) => propose(session, 'person.link', { person, other }, reason)),
    );
}

export function personRemoveCommand(cli: Cli): Command {
  return new Command('remove')
    .summary('let a person in no more')
    .description('Ends all that a person may do, at once; what they did stays on record.')
    .argument(...PERSON)
    .requiredOption(...REASON)
    .addHelpText('after', examples(['reeve person remove PERSON --reason "has left"', 'their tokens end, too']))
    .action((person: string, { reason }: { reason: string }, command: Command) =>
      cli.run(command, (session) => propose(session, 'person.remove', { person }, reason)),
    );
}

export function personTeamsCommand(cli: Cli): Command {
  return new Command('teams')
    .summary('say which teams a person is in')
    .description(
      'Says which teams a person is in, all of them. Whoever is in the team that owns an agent does not approve what it wants, ' +
        'so this takes a second administrator.',
    )
    .argument(...PERSON)
    .argument('[teams...]', 'all of them; none to leave every team')
    .requiredOption(...REASON)
    .addHelpText('after', examples(['reeve person teams PERSON treasury --reason "moved"', 'in this one only']))
    .action((person: string, teams: string[], { reason }: { reason: string }, command: Command) =>
      cli.run(command, (session) => propose(session, 'person.teams', { person, teams }, reason)),
    );
}
