import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** An application that writes to the base tables of the bed all the time. */
export class Writer {
  private readonly client: Client;
  private going = true;
  private written = 0;
  private work: Promise<void> = Promise.resolve();

  constructor(
    connectionString: string,
    private readonly seed: number,
  ) {
    this.client = new Client({ connectionString, application_name: 'shop-web' });
  }

  async begin(): Promise<void> {
    await this.client.connect();
    this.work = this.write();
  }

  /** Stops, and says how many transactions were committed. */
  async end(): Promise<number> {
    this.going = false;
    await this.work;
    await this.client.end();
    return this.written;
  }

  private async write(): Promise<void> {
    for (let i = 0; this.going; i++) {
      await this.client.query(`update public.tb_order set total = total + 1 where pk_order = $1`, [1 + ((i * this.seed) % 20)]);
      this.written++;
      await sleep(5);
    }
  }
}
