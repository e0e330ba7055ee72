import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { KILL_POINTS, type GatewayKill } from '../../support/gateway-entry';
import { bodyFor, layGatewayGround, type GatewayGround } from '../../support/gateway-ground';
import { loadGatewayProcess } from '../../support/gateway-process';

/** On a quiet machine of two cores a kill takes half a second: loading the next process. */
const KILLS = Number(process.env['GATEWAY_KILLS'] ?? 100);
const MOST = KILLS * 4;
const SENDERS = 3;
const targets = Array.from({ length: MOST + 20 }, (_, i) => `k${i}`);
let ground: GatewayGround;
beforeAll(async () => (ground = await layGatewayGround(targets)));
afterAll(() => ground.stop());

/** How many runs Temporal has for each target, ended ones too. */
async function runsByTarget(): Promise<Map<string, number>> {
  const runs = new Map<string, number>();
  for await (const { workflowId } of ground.world.client.workflow.list({ query: `WorkflowType = 'lookOnly'` })) {
    const target = workflowId.split('/')[1] ?? '';
    runs.set(target, (runs.get(target) ?? 0) + 1);
  }
  return runs;
}
test(`a gateway that is killed ${KILLS} times loses no episode and starts none twice`, async () => {
  const senders = new Senders();
  const sending = senders.send();
  const died: Record<string, number> = {};
  const began = Date.now();
  // Loading takes longer than dying: two are always on the way.
  const loaded = [loadGatewayProcess(), loadGatewayProcess()];
  for (let i = 0; i < KILLS; i++) {
    const process = loaded.shift() ?? loadGatewayProcess();
    const kill: GatewayKill = { at: KILL_POINTS[i % KILL_POINTS.length] ?? 'committed', nth: 1 + Math.floor(Math.random() * 3) };
    await process.serve({ ...ground.orders, kill });
    if (i + loaded.length < KILLS) loaded.push(loadGatewayProcess());
    const how = await Promise.race([process.ended, sleep(20_000, undefined, { ref: false }).then(() => 'never')]);
    if (how !== 'SIGKILL') throw new Error(`Kill ${i} (${kill.at}, ${kill.nth}): the gateway ended with ${how}.`);
    died[kill.at] = (died[kill.at] ?? 0) + 1;
  }
  const seconds = (Date.now() - began) / 1_000;
  const next = loaded.shift() ?? loadGatewayProcess();
  await next.serve(ground.orders);
  senders.enough();
  await sending;
  // The sweep takes up what nobody sent again.
  expect(await pollUntil(async () => (await ground.asked('accepted_at is null')).length === 0, 20_000, 200)).toBe(true);
  const everyRun = await pollUntil(
    async () => {
      const runs = await runsByTarget();
      return runs.size === (await ground.asked('true')).length && runs;
    },
    20_000,
    500,
  );
  await next.kill();

  const inInbox = await ground.asked('true');
  expect(new Set(inInbox).size).toBe(inInbox.length);
  expect([...(everyRun ?? new Map<string, number>()).keys()].sort()).toEqual(inInbox);
  expect([...(everyRun ?? new Map<string, number>()).entries()].filter(([, runs]) => runs !== 1)).toEqual([]);
  expect(senders.accepted.filter(({ names }) => names.some((name) => !inInbox.includes(name)))).toEqual([]);
  const { rows } = await ground.inbox.query<{ key: string }>('select key from runbooks_control.alert_delivery where answered_at is not null');
  const answered = new Set(rows.map(({ key }) => key));
  expect(senders.accepted.filter(({ key }) => !answered.has(key))).toEqual([]);
  process.stdout.write(
    `killed ${KILLS} times in ${seconds.toFixed(0)} s (${JSON.stringify(died)}): ${inInbox.length} episodes, ${senders.accepted.length} deliveries accepted, ` +
      `${senders.failed} attempts failed, ${senders.givenUp} given up by their sender\n`,
  );
}, 400_000);

/** Sends like Alertmanager: what is refused with 5xx or breaks off is sent again, what is accepted is not. A few are given up, as after its context ends. */
class Senders {
  readonly accepted: { names: readonly string[]; key: string }[] = [];
  failed = 0;
  givenUp = 0;
  private used = 0;
  private more = true;

  enough(): void {
    this.more = false;
  }

  async send(): Promise<void> {
    await Promise.all(Array.from({ length: SENDERS }, () => this.sender()));
  }

  private async sender(): Promise<void> {
    while (this.more) {
      const known = this.accepted[Math.floor(Math.random() * this.accepted.length)];
      const repeats = known && (Math.random() < 0.4 || this.used >= MOST - 3);
      const names = repeats ? known.names : targets.slice(this.used, (this.used += 1 + Math.floor(Math.random() * 2)));
      const patient = Math.random() < 0.9;
      const body = bodyFor(...names);
      for (;;) {
        const { status } = await ground.post(body);
        if (status === 202) {
          this.accepted.push({ names, key: createHash('sha256').update(body).digest('hex') });
          break;
        }
        if (status !== 0 && status !== 503) throw new Error(`The gateway answered ${status}.`);
        this.failed++;
        if (!patient && this.more) {
          this.givenUp++;
          break;
        }
        await sleep(100);
      }
      await sleep(10);
    }
  }
}
