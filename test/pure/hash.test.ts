import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { hashOf, sha256 } from '../../workflows/pure/hash';

test.each([
  // FIPS 180-4, examples of SHA-256.
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
])('SHA-256 of %j is the known one', (text, digest) => expect(sha256(text)).toBe(digest));

test('it is the SHA-256 of Node, for every text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) =>
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex')),
    ),
  );
});

test('the order of keys makes no other hash', () => {
  expect(hashOf({ a: 1, b: [2, { d: 3, c: 4 }] })).toBe(hashOf({ b: [2, { c: 4, d: 3 }], a: 1 }));
  expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: 2 }));
});
