import { request } from 'node:http';
import { Readable } from 'node:stream';

/** What the gateway did with bodies that nobody who means well would send. */
export interface HostileBodies {
  /** The answers of each kind of body; 0 stands for a connection that was cut without one. */
  readonly answers: Readonly<Record<string, readonly number[]>>;
  readonly residentMb: readonly [before: number, maxInFirstPass: number, maxInSecondPass: number];
}

export interface Door {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  residentMb(): number;
}

const MIB = 1_024 * 1_024;
const ROUNDS = 5;
const AT_ONCE = 4;
const LOOK_EVERY_MS = 100;

interface Body {
  readonly is: () => Readable;
  /** Said before the body comes; null for one that comes in chunks of unsaid number. */
  readonly length: number | null;
}

/** Sends all of them in two passes and looks at the memory of the gateway meanwhile: flat is what the second pass does not raise. */
export async function measureHostileBodies(door: Door): Promise<HostileBodies> {
  const before = door.residentMb();
  const answers: Record<string, Set<number>> = {};
  const pass = async (): Promise<number> => {
    let most = door.residentMb();
    const looking = setInterval(() => (most = Math.max(most, door.residentMb())), LOOK_EVERY_MS);
    for (const [kind, body] of Object.entries(bodies()))
      for (let round = 0; round < ROUNDS; round++) {
        const statuses = await Promise.all(Array.from({ length: AT_ONCE }, () => send(door, body)));
        answers[kind] = new Set([...(answers[kind] ?? []), ...statuses]);
      }
    clearInterval(looking);
    return Math.max(most, door.residentMb());
  };
  const residentMb = [before, await pass(), await pass()] as const;
  return { answers: Object.fromEntries(Object.entries(answers).map(([kind, statuses]) => [kind, [...statuses]])), residentMb };
}

function bodies(): Record<string, Body> {
  const whole = (text: string | Buffer): Body => ({ is: () => Readable.from([Buffer.from(text)]), length: Buffer.byteLength(text) });
  const alert = { status: 'firing', labels: { alertname: 'nothing of ours' }, startsAt: new Date().toISOString() };
  return {
    '100 MB': { is: () => Readable.from(mebibytes(100)), length: 100 * MIB },
    '100 MB in chunks': { is: () => Readable.from(mebibytes(100)), length: null },
    '10,000 alerts': whole(JSON.stringify({ version: '4', alerts: Array.from({ length: 10_000 }, () => alert) })),
    '2 million open brackets': whole('['.repeat(2_000_000)),
    'broken UTF-8': whole(Buffer.alloc(MIB, 0xff)),
  };
}

function* mebibytes(count: number): Generator<Buffer> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(MIB, ' ');
}

function send({ url, headers }: Door, { is, length }: Body): Promise<number> {
  return new Promise((resolve) => {
    const body = is();
    const sent = request(url, { method: 'POST', headers: { ...headers, ...(length === null ? {} : { 'content-length': length }) } }, (answer) => {
      resolve(answer.statusCode ?? 0);
      body.destroy();
      answer.resume().on('end', () => sent.destroy());
    });
    sent.on('error', () => resolve(0));
    body.pipe(sent);
  });
}
