/**
 * What we stand on: settings, the data folder, the embedded database and engine under supervision, the connection pool,
 * migrations, and the store of large bytes.
 *
 * Owns: the data folder and its layout, the child processes, their ports, passwords and logs, and the schema's migrations.
 * It knows PostgreSQL and Restate as programs to run, not what we use them for.
 * Who may call: the composition root, the CLI and tests. Stages and stores are given a pool or an address, never this folder.
 *
 * INVARIANT (one-platform-per-folder): a data folder is held by one process; the kernel frees it when that one ends.
 * INVARIANT (no-orphans): `stop` leaves no process running, and a start ends what a killed platform left; a process that only
 * bears a recorded pid is never touched.
 */
export { openBlobs, type Blobs } from './blobs.ts';
export {
  describeConfig,
  readConfig,
  redactUrl,
  type Config,
  type SettingDescription,
  type SettingName,
} from './config.ts';
export { openDataFolder, type DataFolder } from './data-folder.ts';
export { embeddedDatabaseUrl } from './embedded-database.ts';
export { isFree, openPorts, type Ports } from './free-port.ts';
export { startHost, type Host, type HostEvent, type HostStatus, type ServiceStatus } from './host.ts';
export { migrate, MIGRATIONS } from './migrate.ts';
export { databaseFault, openPool, type PoolOptions } from './pool.ts';
export { openReaderPool, type ReaderPool } from './reader-pool.ts';
export type { EngineAddresses } from './restate.ts';
export { openSecretBox, type SecretBox } from './secret-box.ts';
export type { Child, ChildState } from './supervise.ts';
export { openNotes, type Notes } from './notes.ts';
export { writeDurably, writeJsonDurably } from './write-durably.ts';
