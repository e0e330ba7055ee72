import { sha256 as digest } from '@noble/hashes/sha2';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';
import { canonicalJson } from './json';

/** SHA-256 of a text (UTF-8) as 64 hex digits. Workflow code has no crypto module, so it is a library's (audited, pure JavaScript). */
export const sha256 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)));

/** SHA-256 of a value's canonical JSON. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value));
