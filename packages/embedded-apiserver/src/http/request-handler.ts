import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tuning } from '../api-server.ts';
import { handleRequest } from './handle-request.ts';
import type { RequestContext } from './handle-request.ts';
import { WatchStream } from './watch-stream.ts';

/** What requests are answered from. */
export interface RequestHandlerOptions {
  readonly context: Omit<RequestContext, 'watch'>;
  readonly tuning: Tuning;
}

/** Answers requests, wherever they come from, and knows which watches are open. */
export class RequestHandler {
  readonly #context: RequestContext;
  readonly #watches = new Set<WatchStream>();
  #isStopping = false;

  constructor({ context, tuning }: RequestHandlerOptions) {
    this.#context = {
      ...context,
      watch: async (exchange, request) => {
        const stream = new WatchStream(context.api, request, { response: exchange.response, tuning, log: context.log });
        this.#watches.add(stream);
        if (this.#isStopping) stream.end();
        try {
          await stream.run();
        } finally {
          this.#watches.delete(stream);
        }
      },
    };
  }

  /** Answers one request; resolves when that is done, for a watch when it is over. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return handleRequest(this.#context, request, response);
  }

  /** Ends all watches, those that are yet to come too. */
  endWatches(): void {
    this.#isStopping = true;
    for (const watch of this.#watches) watch.end();
  }
}
