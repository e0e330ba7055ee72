/** The names nearest to a wrong one (at most three), nearest first; empty when none is near. */
function nearest(wrong: string, names: readonly string[]): string[] {
  const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const asked = plain(wrong);
  return names
    .map((name) => ({ name, distance: distanceBetween(asked, plain(name)), inside: asked.length > 3 && plain(name).includes(asked) }))
    .filter(({ name, distance, inside }) => inside || distance <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => Number(b.inside) - Number(a.inside) || a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** "Did you mean …?" for a wrong name, or an empty text. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const near = nearest(wrong, names);
  return near.length ? ` Did you mean ${near.join(' or ')}?` : '';
}

function distanceBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
