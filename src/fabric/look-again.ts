import { Conflict, LawMoved, type Change, type LedgerWriter } from '../ledger/index.ts';
import { Misuse } from '../vocabulary/index.ts';

/**
 * Appends what one person does to what they have read.
 *
 * @throws Misuse `changed-meanwhile` when somebody else was faster.
 */
export async function appendOrLookAgain(writer: LedgerWriter, change: Change): Promise<void> {
  try {
    await writer.append(change);
  } catch (error) {
    if (error instanceof LawMoved || (error instanceof Conflict && error.on === 'rev')) {
      throw new Misuse('changed-meanwhile', 'somebody else has changed this meanwhile: look again');
    }
    throw error;
  }
}
