/** How much faster than its script a run goes. */
export const pace = 20;
/** Leaders are stopped in proportion to their lease, which is not shortened as much. */
export const leadersPace = 4;
/** The shortest lease that managers take. */
export const leaseSeconds = 4;
/** How long an aimed fault waits for its call. */
export const aimMs = 5_000;
/** How long guests take to shut down when asked. */
export const shutdownMs = 50;
