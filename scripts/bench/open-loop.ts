import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { round } from './numbers';

/** One request of a load. */
export interface Shot {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answers {
  readonly sent: number;
  /** How many answers there were of each status; 0 stands for a connection that broke. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
}

/**
 * Sends requests at a steady rate whatever the answers do, as many senders together do: a slow answer delays no other request. Each counts from
 * when it was due, so that a load that falls behind is seen and not hidden.
 */
export async function openLoop(shots: readonly Shot[], perSecond: number): Promise<Answers> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const answers: Promise<{ status: number; ms: number }>[] = [];
  for (const [i, shot] of shots.entries()) {
    const due = began + (i / perSecond) * 1_000;
    if (due - performance.now() > 1) await sleep(due - performance.now());
    answers.push(fire(shot, agent).then((status) => ({ status, ms: performance.now() - Math.max(due, began) })));
  }
  const all = await Promise.all(answers);
  const seconds = (performance.now() - began) / 1_000;
  agent.destroy();
  const ms = all.map((one) => one.ms).sort((a, b) => a - b);
  const statuses: Record<string, number> = {};
  for (const { status } of all) statuses[status] = (statuses[status] ?? 0) + 1;
  const at = (share: number): number => round(ms[Math.min(ms.length - 1, Math.floor(share * ms.length))] ?? NaN);
  return { sent: shots.length, statuses, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), seconds: round(seconds) };
}

function fire({ url, headers, body }: Shot, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      answer.on('error', () => resolve(0));
    });
    sent.on('error', () => resolve(0)).end(body);
  });
}
