export { startApiServer } from './start-api-server.ts';
export type { ApiServer, ApiServerOptions, Tuning } from './api-server.ts';
export { ApiServerError } from './api-server-error.ts';
export type { ApiServerErrorCode } from './api-server-error.ts';
export { silentLog } from './log.ts';
export type { Log, LogFields } from './log.ts';
export { restoreBackup } from './state/restore-backup.ts';
export type { Restoration, Restored } from './state/restore-backup.ts';
