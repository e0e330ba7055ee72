/** The physical slot of a node: its name as far as slots may have it (lower case, digits, underscores; 63 characters). */
export const slotOf = (node: string): string =>
  node
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .slice(0, 63);
