import { Query, type Client, type QueryConfig, type QueryResult } from 'pg';
import type { Sql } from './sql';

/** What node-postgres' Query does with one statement; its types name only `submit`. */
interface Internals {
  text: string;
  values: unknown[];
  portal: string;
  prepare(connection: Wire): void;
}
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  execute(portal: { portal: string }): void;
  sync(): void;
}
type Callback = (error: Error | null, results?: QueryResult | QueryResult[]) => void;
const OneQuery = Query as unknown as new (config: QueryConfig, callback: Callback) => Internals;

/** Several statements under one Sync: the server skips all that follow a failed one, so that nothing runs after a BEGIN that failed. */
class Batch extends OneQuery {
  constructor(
    private readonly statements: readonly Sql[],
    callback: Callback,
  ) {
    super({ text: '-', queryMode: 'extended' } as QueryConfig, callback);
  }

  submit(connection: Wire): void {
    connection.stream.cork();
    try {
      for (const { text, values } of this.statements) {
        this.text = text;
        this.values = [...values];
        this.prepare(connection);
      }
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
  }

  /** Called by `prepare` after each statement; the Sync comes after the last. */
  protected _getRows(connection: Wire): void {
    connection.execute({ portal: this.portal });
  }
}

/** Runs statements in one round trip, by the extended protocol: it takes one statement each, and values never stand in the text. */
export function runBatch(client: Client, statements: readonly Sql[]): Promise<QueryResult[]> {
  return new Promise((resolve, reject) => {
    const batch = new Batch(statements, (error, results) => {
      if (error) reject(error);
      else resolve(Array.isArray(results) ? results : results ? [results] : []);
    });
    client.query(batch as unknown as Query);
  });
}
