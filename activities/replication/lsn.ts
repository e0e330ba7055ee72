/** A WAL position as a number of bytes; throws on text that is none. */
export function bytesOf(lsn: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(lsn);
  if (!match) throw new Error(`"${lsn}" is no WAL position.`);
  return (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`);
}

/** How many bytes the first position is ahead of the second; negative when it is behind. */
export const bytesAhead = (ahead: string, behind: string): number => Number(bytesOf(ahead) - bytesOf(behind));
