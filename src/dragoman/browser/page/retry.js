// When to try again after the socket dropped: soon at first, so that the seat is still kept, then ever slower. Pure.

const FIRST_S = 0.25;
const MOST_S = 8;

/** How long the page goes on trying by itself after the seat's grace is over, before a person is asked. */
export const GIVE_UP_S = 60;

/**
 * @param {number} attempt 0 for the first
 * @param {number} spread between 0 and 1, by chance, so that many pages do not come back at once
 * @returns {number} seconds to wait; the first five tries fall within 8 s
 */
export function waitS(attempt, spread) {
  return Math.min(MOST_S, FIRST_S * 2 ** attempt) * (0.75 + 0.5 * spread);
}

/** Whether to try again after the socket was closed with this code. 1000: it is over; 1008: we were told why not. */
export function mayReturn(code) {
  return code !== 1000 && code !== 1008;
}
