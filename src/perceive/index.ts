/**
 * Sources -> Event: validated, labelled, with a dedupe key. A repeat is recognised by that key when it is put on record.
 *
 * Owns: nothing; pure. `fabric` calls it for every way in (HTTP, files, shipped records, events published by agents).
 */
export { admitRaw, perceive, type Bringer, type Subscriptions } from './admit.ts';
