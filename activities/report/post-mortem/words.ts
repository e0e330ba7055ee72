import { NOT_PEOPLE } from '../../../workflows/contracts/incident';
import { onOneLine, shorten } from '../printable';

/** A person's name as the record has it: nobody has attested it. */
export const markClaimed = (name: string): string => (NOT_PEOPLE.includes(name) ? name : `${onOneLine(name)} (UNVERIFIED)`);

/** What a person or a server said, on one line of at most 400 characters. */
export const quoteStatement = (text: string): string => shorten(onOneLine(text), 400).replace(/[.\s]+$/, '');

/** A word at the beginning of a sentence. */
export const atStart = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
