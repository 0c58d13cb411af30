import { grantsOfFirst, LOCAL_ADMINISTRATOR, LOCAL_EMAIL, LOCAL_NAME, type Person } from '../../identity/index.ts';
import { Conflict, type LedgerWriter } from '../../ledger/index.ts';
import type { Json } from '../../vocabulary/index.ts';
import { newDocument, type Documents } from '../documents.ts';
import { PLATFORM } from '../registration.ts';
import { MODE_ID, personChanged, type Mode } from './people-rows.ts';

/**
 * At the first start of an installation: its only person, with all roles, and the mode in which one person runs it. Both in
 * one change, and never again: where there is a mode, there were people.
 *
 * @param account that the person signs in with.
 * @param approverNames whom policies ask for: until there are others, all of these.
 */
export async function putFirstPersonOnRecord(
  { documents, writer }: { readonly documents: Pick<Documents, 'find'>; readonly writer: LedgerWriter },
  account: string,
  approverNames: readonly string[],
): Promise<void> {
  if ((await documents.find<Mode>('mode', MODE_ID)) !== null) return;
  const grants = grantsOfFirst(approverNames);
  const content: Person = {
    name: LOCAL_NAME,
    email: LOCAL_EMAIL,
    teams: ['everyone'],
    grants,
    accounts: [account],
    sameAs: null,
    since: null,
    link: null,
  };
  try {
    await writer.append({
      entries: [
        personChanged(LOCAL_ADMINISTRATOR, 'added', '*', { by: [], grants: grants as unknown as Json, first: true }),
        { kind: 'mode.changed', tenant: PLATFORM, run: null, agent: null, body: { single: true, by: [] } },
      ],
      documents: [
        newDocument('person', LOCAL_ADMINISTRATOR, PLATFORM, { state: 'active', content }),
        newDocument('mode', MODE_ID, PLATFORM, { state: 'in-force', content: { single: true } }),
      ],
      changesLaw: true,
    });
  } catch (error) {
    // Another platform on the same record was faster.
    if (!(error instanceof Conflict) || error.on !== 'rev') throw error;
  }
}
