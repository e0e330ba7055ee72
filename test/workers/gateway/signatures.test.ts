import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { Client } from 'pg';
import type { Verify } from '../../../workers/alerts/sources/verdict';
import { verifierOf } from '../../../workers/alerts/sources/verify';
import { payload, startGatewayWorld, TOKEN, type GatewayWorld } from '../../support/gateway-world';
import { runHandle } from '../../support/world';

process.env['RB_TEST_TOKEN'] = TOKEN;
process.env['RB_TEST_SECRET'] = TOKEN;
const byHmac = verifierOf({
  authentication: { by: 'hmac', secrets: [{ env: 'RB_TEST_SECRET' }], header: 'X-Signature', timestampHeader: 'X-Timestamp' },
});
const byBearer = verifierOf({ authentication: { by: 'bearer', tokens: [{ env: 'RB_TEST_TOKEN' }] } });

const NOW_S = 1_795_000_000;
const NOW = NOW_S * 1_000;
const signatureOf = (body: Uint8Array, at: number | string, key = TOKEN): string =>
  createHmac('sha256', key).update(`${at}.`).update(body).digest('hex');

interface Request {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}
const signed = (body: Buffer, prefix = 'sha256='): Request => ({
  body,
  headers: { 'x-timestamp': String(NOW_S), 'x-signature': `${prefix}${signatureOf(body, NOW_S)}` },
});
const verdict = (verify: Verify, { headers, body }: Request, now = NOW): boolean => verify(headers, body, now).ok;

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
};
/** The same header with one bit turned; the eighth makes it no ASCII, as Node reads it. */
const turned = (text: string, bit: number): string => flipped(Buffer.from(text, 'latin1'), bit).toString('latin1');

/** The request with every single bit turned, one after the other. */
function* everyBit({ body, headers }: Request, names: readonly string[]): Generator<Request> {
  for (let bit = 0; bit < body.length * 8; bit++) yield { body: flipped(body, bit), headers };
  for (const name of names)
    for (let bit = 0; bit < (headers[name]?.length ?? 0) * 8; bit++)
      yield { body, headers: { ...headers, [name]: turned(headers[name] ?? '', bit) } };
}

describe('every single bit counts', () => {
  const body = Buffer.from(JSON.stringify({ labels: { alertname: 'ShelfOdd', target: 'shop' }, startsAt: '2026-11-21T09:00:00Z' }));

  test.each(['sha256=', ''])('of body, timestamp and signature (%s): all of a sample', (prefix) => {
    const sample = signed(body, prefix);
    expect(verdict(byHmac, sample)).toBe(true);
    let tried = 0;
    for (const changed of everyBit(sample, ['x-timestamp', 'x-signature'])) {
      tried++;
      if (verdict(byHmac, changed)) throw new Error(`accepted: ${JSON.stringify(changed.headers)} ${changed.body.toString()}`);
    }
    expect(tried).toBe((body.length + 10 + 64 + prefix.length) * 8);
  });

  test('of body, timestamp and signature: any bit of any body', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(), (bytes, at) => {
        const sample = signed(Buffer.from(bytes));
        expect(verdict(byHmac, sample)).toBe(true);
        const bits = bytes.length * 8 + 81 * 8;
        const bit = at % bits;
        const { headers } = sample;
        const inHeaders = bit - bytes.length * 8;
        const changed: Request =
          inHeaders < 0
            ? { body: flipped(sample.body, bit), headers }
            : inHeaders < 80
              ? { ...sample, headers: { ...headers, 'x-timestamp': turned(headers['x-timestamp'] ?? '', inHeaders) } }
              : { ...sample, headers: { ...headers, 'x-signature': turned(headers['x-signature'] ?? '', inHeaders - 80) } };
        expect(verdict(byHmac, changed)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  test('of a bearer token; nor is it more or less than the token', () => {
    const of = (token: string): Request => ({ body, headers: { authorization: `Bearer ${token}` } });
    expect(verdict(byBearer, of(TOKEN))).toBe(true);
    for (let bit = 0; bit < TOKEN.length * 8; bit++) expect([bit, verdict(byBearer, of(turned(TOKEN, bit)))]).toEqual([bit, false]);
    for (const other of ['', TOKEN.slice(0, -1), `${TOKEN}x`, ` ${TOKEN}`, `${TOKEN} `, `${TOKEN}, ${TOKEN}`, TOKEN.toUpperCase()])
      expect([other, verdict(byBearer, of(other))]).toEqual([other, false]);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (other) => {
        fc.pre(other !== TOKEN);
        expect(verdict(byBearer, of(other))).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  test('the signature of one source, of nobody, of two at once or of another algorithm is none', () => {
    const { headers } = signed(body);
    const others = [
      signatureOf(body, NOW_S, `${TOKEN}x`),
      signatureOf(body, NOW_S, ''),
      createHmac('sha256', TOKEN).update(body).digest('hex'),
      createHmac('sha256', TOKEN).update(`${NOW_S}`).update(body).digest('hex'),
      createHmac('sha1', TOKEN).update(`${NOW_S}.`).update(body).digest('hex'),
      `${headers['x-signature']}, ${headers['x-signature']}`,
      (headers['x-signature'] ?? '').toUpperCase(),
      `sha512=${(headers['x-signature'] ?? '').slice(7)}`,
      ` ${headers['x-signature']}`,
      '',
    ];
    for (const other of others) expect([other, verdict(byHmac, { body, headers: { ...headers, 'x-signature': other } })]).toEqual([other, false]);
    for (const missing of ['x-signature', 'x-timestamp'])
      expect(verdict(byHmac, { body, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== missing)) })).toBe(false);
  });

  test('the clock is looked at on both sides, and 300 seconds are the edge of it', () => {
    const sample = signed(body);
    for (const off of [-300_000, -299_999, 0, 299_999, 300_000]) expect([off, verdict(byHmac, sample, NOW + off)]).toEqual([off, true]);
    for (const off of [-300_001, 300_001, -3_600_000, 3_600_000]) expect([off, verdict(byHmac, sample, NOW + off)]).toEqual([off, false]);
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (off) =>
        expect(verdict(byHmac, sample, NOW + off)).toBe(Math.abs(off) <= 300_000),
      ),
      { numRuns: 2_000 },
    );
    for (const at of ['', '0', `${NOW_S}.0`, `0${NOW_S}`, `${NOW_S}000`, `+${String(NOW_S).slice(1)}`, '1e9', 'NaN', `${NOW_S} `])
      expect([at, verdict(byHmac, { body, headers: { 'x-timestamp': at, 'x-signature': signatureOf(body, at) } })]).toEqual([at, false]);
  });
});

describe('through HTTP', () => {
  let world: GatewayWorld;
  beforeAll(async () => (world = await startGatewayWorld()));
  afterAll(() => world.stop());

  const post = async (body: Buffer, headers: Record<string, string>, source = 'scripts'): Promise<number> =>
    (await world.deliver(new Uint8Array(body), headers, source)).status;
  const runs = async (): Promise<{ workflow_id: string }[]> => {
    const client = new Client(world.postgres.url('postgres'));
    await client.connect();
    try {
      return (await client.query<{ workflow_id: string }>('select workflow_id from runbooks_control.alert_run order by 1')).rows;
    } finally {
      await client.end();
    }
  };
  const now = (): number => Math.floor(Date.now() / 1_000);
  const headersOf = (body: Buffer, at: number): Record<string, string> => ({ 'x-timestamp': String(at), 'x-signature': signatureOf(body, at) });
  const alertOf = (status: string): Buffer =>
    Buffer.from(JSON.stringify({ status, labels: { alertname: 'ShelfOdd', target: 'shop' }, startsAt: '2026-11-21T09:00:00Z' }));

  test('a bit turned anywhere is refused and leaves no trace in the inbox', async () => {
    const body = alertOf('firing');
    const headers = headersOf(body, now());
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length * 8 - 1), fc.nat(64 * 8 - 1), async (inBody, inSignature) => {
        expect(await post(flipped(body, inBody), headers)).toBe(401);
        const signature = turned(headers['x-signature'] ?? '', inSignature);
        // A header can hold no control characters: such a one is refused before it is sent.
        if (/^[\x21-\x7e]+$/.test(signature)) expect(await post(body, { ...headers, 'x-signature': signature })).toBe(401);
      }),
      { numRuns: 100 },
    );
    for (const token of [turned(TOKEN, 0), turned(TOKEN, TOKEN.length * 8 - 8)])
      expect(await post(Buffer.from(JSON.stringify(payload({ alertname: 'ShelfOdd' }))), { authorization: `Bearer ${token}` }, 'am')).toBe(401);
    expect(await runs()).toEqual([]);
  });

  test('a signed delivery that is replayed starts nothing again, whatever has happened since', async () => {
    const [firing, resolved] = [alertOf('firing'), alertOf('resolved')];
    const at = now();
    const recorded = headersOf(firing, at);
    expect(await post(firing, recorded)).toBe(202);
    const [first] = await runs();
    await runHandle(world.client.workflow.getHandle(first?.workflow_id ?? ''), '').result();
    await world.gateway.sweep.once();
    expect(await post(resolved, headersOf(resolved, at))).toBe(202);
    // The same signed bytes, also under an id of the attacker's choice, which nobody has signed.
    for (const more of [{}, { 'x-delivery-id': 'new' }, { 'x-delivery-id': 'newer' }]) expect(await post(firing, { ...recorded, ...more })).toBe(202);
    await Promise.all(Array.from({ length: 50 }, () => post(firing, recorded)));
    for (let i = 0; i < 3; i++) {
      world.skip(61 * 60_000);
      await world.gateway.sweep.once();
    }
    expect(await post(firing, recorded)).toBe(401);
    expect(await runs()).toEqual([first]);
    // What is signed again is news.
    const later = at + 3 * 61 * 60;
    expect(await post(firing, headersOf(firing, later))).toBe(202);
    expect(await runs()).toHaveLength(2);
  });
});
