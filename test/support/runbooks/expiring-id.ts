/** Runs whose id begins so have gates that wait for one second. */
export const EXPIRING = 'expiring/';
