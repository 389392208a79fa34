/** Asks list procedures for the items, and not for their number alone. */
export const NEED_RESULTS = 1;
