import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { bodyFor, layGatewayGround, type GatewayGround } from '../../support/gateway-ground';
import { loadGatewayProcess, type GatewayProcess } from '../../support/gateway-process';

let gateway: GatewayProcess;
let ground: GatewayGround;
beforeAll(async () => {
  ground = await layGatewayGround(['a1', 'a2', 'a3', 'a4']);
  gateway = loadGatewayProcess();
  await gateway.serve(ground.orders);
});
afterAll(async () => {
  await gateway.kill();
  await ground.stop();
});

test('Temporal away: 503 with Retry-After; when it is back the run is there within 10 seconds though nobody sends again', async () => {
  const target = 'a1';
  await ground.temporal.shut();
  const answer = await ground.post(bodyFor(target));
  expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
  expect(answer.ms).toBeLessThan(5_000);
  // Long enough for gRPC to have become slow in trying.
  await sleep(25_000);
  await ground.temporal.open();
  const back = Date.now();
  expect(await pollUntil(async () => (await ground.asked(`target = '${target}' and accepted_at is not null`)).length === 1, 15_000, 50)).toBe(true);
  const took = Date.now() - back;
  process.stdout.write(`Temporal away for 25 s: 503 after ${answer.ms.toFixed(0)} ms, the run ${took} ms after its return\n`);
  expect(took).toBeLessThan(10_000);
});

test('the control database away: 503 with Retry-After, and what is sent again is taken', async () => {
  const target = 'a2';
  await ground.database.shut();
  const answer = await ground.post(bodyFor(target));
  expect(answer).toMatchObject({ status: 503, retryAfter: '5' });
  expect(answer.ms).toBeLessThan(5_000);
  expect((await fetch(`http://127.0.0.1:${ground.orders.port}/healthz`)).status).toBe(503);
  await ground.database.open();
  expect(await pollUntil(async () => (await ground.post(bodyFor(target))).status === 202, 5_000, 100)).toBe(true);
  expect(await ground.asked(`target = '${target}' and accepted_at is not null`)).toEqual([target]);
});

test.each([
  ['Temporal', 'a3', () => ground.temporal],
  ['the control database', 'a4', () => ground.database],
] as const)('%s hangs: 503 before the sender has lost its patience, and the run is there soon after it goes on', async (_, target, door) => {
  door().stall(true);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ground.post(bodyFor(target))));
  const longest = Math.max(...answers.map(({ ms }) => ms));
  process.stdout.write(`${target}: ${answers.length} answers while it hangs, the longest after ${longest.toFixed(0)} ms\n`);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(longest).toBeLessThan(5_000);
  door().stall(false);
  expect(await pollUntil(async () => (await ground.post(bodyFor(target))).status === 202, 15_000, 100)).toBe(true);
  expect(await ground.asked(`target = '${target}' and accepted_at is not null`)).toEqual([target]);
});
