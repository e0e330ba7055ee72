/** Hosts that are this machine itself. */
export const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/** Whether a text is a whole http or https address. */
export const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** Whether an address would carry a message in the clear over a network. */
export const isPlainHttpElsewhere = (text: string): boolean =>
  isWebAddress(text) && new URL(text).protocol === 'http:' && !LOOPBACK.test(new URL(text).hostname);

/** Whether an address has a user or a password in it. */
export const namesALogin = (text: string): boolean => isWebAddress(text) && (new URL(text).username !== '' || new URL(text).password !== '');

/** The host of an address, for messages: its path and query may be a credential. */
export const hostOf = (url: string): string => new URL(url).host;
