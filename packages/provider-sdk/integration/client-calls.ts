import { ContractError, type ProviderClient, type WatchVMsResponse } from '@virtrigaud/grpc-contract/client';

export type WatchEvent = NonNullable<WatchVMsResponse['event']>;

/** Reads events of a watch until one is as wanted; the test's own time limit is the deadline. */
export async function eventsUntil(
  client: ProviderClient,
  isLast: (event: WatchEvent) => boolean,
  request = {},
): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const { event } of client.watchVMs(request)) {
    if (!event) continue;
    events.push(event);
    if (isLast(event)) break;
  }
  return events;
}

/** Opens a watch, and resolves once everything that there was has been told. Has to be closed. */
export async function openWatch(client: ProviderClient) {
  const messages = client.watchVMs({})[Symbol.asyncIterator]();
  const until = async (isLast: (event: WatchEvent) => boolean): Promise<WatchEvent[]> => {
    const events: WatchEvent[] = [];
    for (;;) {
      const message = await messages.next();
      if (message.done === true) throw new Error('the watch has ended');
      const { event } = message.value;
      if (event) events.push(event);
      if (event && isLast(event)) return events;
    }
  };
  await until(({ $case }) => $case === 'bookmark');
  return { until, close: () => messages.return?.() };
}

/** Resolves with the failure of a call that has to fail. */
export async function failureOf(call: Promise<unknown>): Promise<ContractError> {
  const outcome = await call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error as Error,
  );
  if (!(outcome instanceof ContractError)) throw outcome;
  return outcome;
}

/** Asks again until the answer is as wanted. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${String(withinMs)} ms; last: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
