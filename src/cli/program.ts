import { Command } from 'commander';
import { examples } from './argument.ts';
import type { Cli } from './cli.ts';
import {
  approvalApproveCommand,
  approvalDeclineCommand,
  approvalEditCommand,
  approvalWithdrawCommand,
} from './commands/approval-answer.ts';
import { approvalAskCommand } from './commands/approval-ask.ts';
import {
  approvalDelegateCommand,
  delegationListCommand,
  delegationRevokeCommand,
} from './commands/approval-delegate.ts';
import { approvalListCommand } from './commands/approval-list.ts';
import { approvalShowCommand } from './commands/approval-show.ts';
import { approverListCommand } from './commands/approver-list.ts';
import { approverShowCommand } from './commands/approver-show.ts';
import { autonomyLiftCommand, autonomyLowerCommand, autonomyPromoteCommand } from './commands/autonomy-change.ts';
import { autonomyShowCommand } from './commands/autonomy-show.ts';
import { breakGlassOpenCommand, breakGlassReviewCommand } from './commands/break-glass.ts';
import { budgetListCommand } from './commands/budget-list.ts';
import { budgetRemoveCommand } from './commands/budget-remove.ts';
import { budgetSetCommand } from './commands/budget-set.ts';
import { budgetShowCommand } from './commands/budget-show.ts';
import { configShowCommand } from './commands/config-show.ts';
import { eventSendCommand } from './commands/event-send.ts';
import { resumeCommand, stopCommand } from './commands/fence.ts';
import { fleetListCommand } from './commands/fleet-list.ts';
import { fleetScoreCommand } from './commands/fleet-score.ts';
import { fleetShowCommand } from './commands/fleet-show.ts';
import { grantListCommand } from './commands/grant-list.ts';
import { grantMakeCommand } from './commands/grant-make.ts';
import { grantRevokeCommand } from './commands/grant-revoke.ts';
import { incidentListCommand } from './commands/incident-list.ts';
import { incidentReportCommand } from './commands/incident-report.ts';
import { ledgerExportCommand } from './commands/ledger-export.ts';
import { ledgerProofCommand } from './commands/ledger-proof.ts';
import { ledgerShowCommand } from './commands/ledger-show.ts';
import { ledgerTailCommand } from './commands/ledger-tail.ts';
import { ledgerVerifyCommand } from './commands/ledger-verify.ts';
import { motionSecondCommand, motionWithdrawCommand } from './commands/motion-answer.ts';
import { motionListCommand } from './commands/motion-list.ts';
import { motionShowCommand } from './commands/motion-show.ts';
import { personAddCommand } from './commands/person-add.ts';
import {
  personGrantCommand,
  personLinkCommand,
  personRemoveCommand,
  personRevokeCommand,
  personTeamsCommand,
} from './commands/person-change.ts';
import { personListCommand } from './commands/person-list.ts';
import { personShowCommand } from './commands/person-show.ts';
import { personSignInLinkCommand } from './commands/person-sign-in-link.ts';
import { agentLawCommand } from './commands/agent-law.ts';
import { policyBacktestCommand } from './commands/policy-backtest.ts';
import { policyCheckCommand } from './commands/policy-check.ts';
import { policyDiffCommand } from './commands/policy-diff.ts';
import { policyDraftCommand } from './commands/policy-draft.ts';
import { policyEnforceCommand, policyLogOnlyCommand, policyStepBackCommand } from './commands/policy-enforce.ts';
import { policyListCommand } from './commands/policy-list.ts';
import { policyLogCommand } from './commands/policy-log.ts';
import { policyShowCommand } from './commands/policy-show.ts';
import { policyTenantCommand } from './commands/policy-tenant.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { reviewAnswerCommands } from './commands/review-answer.ts';
import { reviewListCommand } from './commands/review-list.ts';
import { runListCommand } from './commands/run-list.ts';
import { runShowCommand } from './commands/run-show.ts';
import { startCommand } from './commands/start.ts';
import { statusCommand } from './commands/status.ts';
import { tokenListCommand } from './commands/token-list.ts';
import { tokenMakeCommand } from './commands/token-make.ts';
import { tokenRevokeCommand } from './commands/token-revoke.ts';
import {
  webhookCreateCommand,
  webhookListCommand,
  webhookRemoveCommand,
  webhookReviveCommand,
} from './commands/webhook-manage.ts';
import { whoamiCommand } from './commands/whoami.ts';

/** Every command of `reeve`, in the order in which a newcomer meets them. */
export function program(cli: Cli): Command {
  return new Command('reeve')
    .description('Runs a fleet of a hundred digital agents for an enterprise, under law.')
    .option('--data-dir <dir>', 'folder that holds all state (default: .reeve)')
    .option('--token <token>', 'access token to ask with (default: REEVE_TOKEN, or the one in the data folder)')
    .option('--json', 'one JSON object or array on the last line of stdout, for programs')
    .option('--debug', 'with an error, say where in the code it arose')
    .addHelpText(
      'after',
      examples(
        ['npm start', 'everything: database, engine, a hundred agents, and their work'],
        ['reeve status', 'what goes on in the platform that runs'],
        ['reeve run show RUN', 'one run, from the event to its outcome'],
        ['reeve ledger export ledger.jsonl', 'the record, for an auditor'],
        ['reeve ledger verify ledger.jsonl', 'what the auditor does with it, offline'],
      ) + '\n\nEnds with 0: done. 1: it failed, or a difference was found. 2: wrong use. 130: stopped by Ctrl-C.',
    )
    .addCommand(startCommand(cli))
    .addCommand(statusCommand(cli))
    .addCommand(group('run', 'runs: one agent working on one event', [runListCommand(cli), runShowCommand(cli)]))
    .addCommand(group('event', 'events: what the agents work on', [eventSendCommand(cli)]))
    .addCommand(
      group('fleet', 'the agents: who they are, what they may do, how right they are', [
        fleetListCommand(cli),
        fleetShowCommand(cli),
        fleetScoreCommand(cli),
      ]),
    )
    .addCommand(
      group('policy', 'the law: policies, from draft to force, and their tests', [
        policyListCommand(cli),
        policyShowCommand(cli),
        policyDiffCommand(cli),
        policyCheckCommand(cli),
        policyDraftCommand(cli),
        policyBacktestCommand(cli),
        policyLogOnlyCommand(cli),
        policyLogCommand(cli),
        policyEnforceCommand(cli),
        policyStepBackCommand(cli),
        policyTenantCommand(cli),
      ]),
    )
    .addCommand(group('agent', 'the law of each agent', [agentLawCommand(cli)]))
    .addCommand(
      group('approval', 'what waits for people, and their answers', [
        approvalListCommand(cli),
        approvalShowCommand(cli),
        approvalApproveCommand(cli),
        approvalDeclineCommand(cli),
        approvalEditCommand(cli),
        approvalAskCommand(cli),
        approvalWithdrawCommand(cli),
        approvalDelegateCommand(cli),
      ]),
    )
    .addCommand(group('approver', 'how people answer', [approverListCommand(cli), approverShowCommand(cli)]))
    .addCommand(group('delegation', 'who answers for whom', [delegationListCommand(cli), delegationRevokeCommand(cli)]))
    .addCommand(
      group('webhook', 'others who are told what happens', [
        webhookCreateCommand(cli),
        webhookListCommand(cli),
        webhookRemoveCommand(cli),
        webhookReviveCommand(cli),
      ]),
    )
    .addCommand(
      group('budget', 'caps on money, tokens, calls and effects', [
        budgetListCommand(cli),
        budgetShowCommand(cli),
        budgetSetCommand(cli),
        budgetRemoveCommand(cli),
      ]),
    )
    .addCommand(
      group('autonomy', 'how freely agents act', [
        autonomyShowCommand(cli),
        autonomyPromoteCommand(cli),
        autonomyLowerCommand(cli),
        autonomyLiftCommand(cli),
      ]),
    )
    .addCommand(group('incident', 'what went wrong', [incidentReportCommand(cli), incidentListCommand(cli)]))
    .addCommand(
      group('review', 'what was done without asking, looked at afterwards', [
        reviewListCommand(cli),
        ...reviewAnswerCommands(cli),
      ]),
    )
    .addCommand(
      group('grant', 'answers in advance', [grantListCommand(cli), grantMakeCommand(cli), grantRevokeCommand(cli)]),
    )
    .addCommand(group('break-glass', 'emergencies', [breakGlassOpenCommand(cli), breakGlassReviewCommand(cli)]))
    .addCommand(stopCommand(cli))
    .addCommand(resumeCommand(cli))
    .addCommand(
      group('ledger', 'the record: what was seen, decided and done', [
        ledgerTailCommand(cli),
        ledgerShowCommand(cli),
        ledgerProofCommand(cli),
        ledgerExportCommand(cli),
        ledgerVerifyCommand(cli),
      ]),
    )
    .addCommand(whoamiCommand(cli))
    .addCommand(
      group('person', 'people: who they are, and what they may do', [
        personListCommand(cli),
        personShowCommand(cli),
        personAddCommand(cli),
        personGrantCommand(cli),
        personRevokeCommand(cli),
        personTeamsCommand(cli),
        personLinkCommand(cli),
        personRemoveCommand(cli),
        personSignInLinkCommand(cli),
      ]),
    )
    .addCommand(
      group('token', 'access tokens: what programs come in with', [
        tokenListCommand(cli),
        tokenMakeCommand(cli),
        tokenRevokeCommand(cli),
      ]),
    )
    .addCommand(
      group('motion', 'changes that take a second person', [
        motionListCommand(cli),
        motionShowCommand(cli),
        motionSecondCommand(cli),
        motionWithdrawCommand(cli),
      ]),
    )
    .addCommand(reconcileCommand(cli))
    .addCommand(group('config', 'the settings', [configShowCommand(cli)]));
}

function group(name: string, summary: string, commands: readonly Command[]): Command {
  const made = new Command(name).summary(summary).description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`);
  for (const command of commands) made.addCommand(command);
  return made;
}
