/** The ceiling of the first wait, and of all. */
export interface BackOffBounds {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Jitter below a doubling ceiling, at least half of it: many providers that lost one hypervisor do not return at once. */
export function backOffMs(attempt: number, { firstMs, mostMs }: BackOffBounds): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 20));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Waits, or until the signal aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
