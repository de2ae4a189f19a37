// Brings an object's own SQLite tables to the newest schema step, and notes in a table of the object how far they are.

/**
 * Runs the steps this object has not run yet, all of them or none. A step, once landed, is never edited.
 * Throws on state of newer code: after a rollback it is better to answer nothing than to write into tables one does not know.
 */
export function migrateSchema(storage: DurableObjectStorage, steps: readonly (readonly string[])[]): void {
  storage.transactionSync(() => {
    storage.sql.exec('CREATE TABLE IF NOT EXISTS _schema (version INTEGER NOT NULL)');
    const row = storage.sql.exec<{ version: number }>('SELECT version FROM _schema').toArray()[0];
    const reached = row?.version ?? 0;
    if (reached > steps.length) {
      throw new Error(`schema version ${reached} is newer than this code, which knows ${steps.length}`);
    }
    // Reading only: an object that wakes up with nothing to do must not pay for a row written.
    if (reached === steps.length) return;
    for (const statement of steps.slice(reached).flat()) storage.sql.exec(statement);
    storage.sql.exec('DELETE FROM _schema');
    storage.sql.exec('INSERT INTO _schema (version) VALUES (?)', steps.length);
  });
}
