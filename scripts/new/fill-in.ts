/** Begins each comment of a template that says what is still to be done; a house test is red while one is left. */
export const FILL_IN = 'FILL IN:';
