/**
 * A backup is the database itself, with one more table: the other files of the state directory, without which the server would be
 * another one to its clients.
 */
export const backupFiles = ['token', 'ca.pem'] as const;

/** Makes the table. */
export const backupTable = 'CREATE TABLE backup (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;';
