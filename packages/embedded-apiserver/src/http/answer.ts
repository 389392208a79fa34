import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonObject } from '../json-value.ts';
import type { StatusError } from '../status/status-error.ts';

/** A request that is being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** What the client should be warned of; sent with the answer. */
  readonly warnings: string[];
}

/** An answer's body, and its media type when it is not plain JSON. */
export interface Answer {
  readonly code: number;
  readonly body: string;
  readonly type?: string;
}

/** An answer of some JSON. */
export function jsonAnswer(value: JsonObject, code = 200): Answer {
  return { code, body: JSON.stringify(value) };
}

/** The answer to a request that is refused. */
export function refusal(error: StatusError): Answer {
  return jsonAnswer(error.status, error.code);
}

/** Sends an answer whole. */
export function send(exchange: Exchange, answer: Answer): void {
  const { response, warnings } = exchange;
  if (response.headersSent || response.destroyed) return;
  // Kubernetes ends its JSON with a line break, which those who read it raw get to see.
  const body = Buffer.from(answer.type === undefined ? `${answer.body}\n` : answer.body);
  if (warnings.length > 0)
    response.setHeader(
      'warning',
      warnings.map((text) => `299 - ${quoted(text)}`),
    );
  response.writeHead(answer.code, {
    'content-type': answer.type ?? 'application/json',
    'content-length': body.length,
    'cache-control': 'no-cache, private',
  });
  response.end(body);
}

function quoted(text: string): string {
  // Header values are Latin-1 without control characters.
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
