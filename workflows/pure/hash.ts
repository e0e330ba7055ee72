import { canonicalJson } from './json';

// Round constants and the start state of FIPS 180-4: the fractional parts of the roots of the first primes.
const K = fractionsOfRoots(64, 1 / 3);
const START = fractionsOfRoots(8, 1 / 2);

/** SHA-256 of a text (UTF-8) as 64 hex digits; pure TypeScript, because workflow code has no crypto module. */
export function sha256(text: string): string {
  const state = new Uint32Array(START);
  const schedule = new Uint32Array(64);
  const bytes = pad(new TextEncoder().encode(text));
  for (let offset = 0; offset < bytes.length; offset += 64) compress(state, schedule, bytes, offset);
  return [...state].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** SHA-256 of a value's canonical JSON. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value));

function pad(message: Uint8Array): Uint8Array {
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const bytes = new Uint8Array(length);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(length - 8, Math.floor(message.length / 0x20000000));
  view.setUint32(length - 4, (message.length << 3) >>> 0);
  return bytes;
}

function compress(state: Uint32Array, w: Uint32Array, bytes: Uint8Array, offset: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 64);
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(i * 4);
  for (let i = 16; i < 64; i++) w[i] = smallSigma1(at(w, i - 2)) + at(w, i - 7) + smallSigma0(at(w, i - 15)) + at(w, i - 16);
  let [a, b, c, d, e, f, g, h] = state as unknown as Word8;
  for (let i = 0; i < 64; i++) {
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + at(K, i) + at(w, i)) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = at(state, i) + word));
}

type Word8 = [number, number, number, number, number, number, number, number];
const at = (words: Uint32Array, index: number): number => words[index] ?? 0;
const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by));
const smallSigma0 = (x: number): number => rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
const smallSigma1 = (x: number): number => rotate(x, 17) ^ rotate(x, 19) ^ (x >>> 10);

function fractionsOfRoots(count: number, power: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    if (!isPrime(n)) continue;
    const root = Math.pow(n, power);
    words[found++] = Math.floor((root - Math.floor(root)) * 2 ** 32);
  }
  return words;
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}
