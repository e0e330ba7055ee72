/** A count with its noun: "1 change", "2 changes", "0 indexes". */
export const pluralize = (count: number, noun: string, several = `${noun}s`): string => `${count} ${count === 1 ? noun : several}`;
