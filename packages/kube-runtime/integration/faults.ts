import { send } from './hostile-api-server.ts';
import type { Fault } from './hostile-api-server.ts';

/** The connection is reset before an answer. */
export const reset: Fault = (request) => {
  request.socket.resetAndDestroy();
};

/** The request is taken and never answered. */
export const stall: Fault = () => undefined;

/** Half an answer, then a reset. */
export const torn: Fault = (request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"type":"ADDED","object":{"metadata":{"na', () => request.socket.resetAndDestroy());
};

/** Something else answers. */
export const garbage: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end("<html>Welcome to the hotel's network\n</html>\n");
};

/** An answer of headers, then nothing. */
export const headersOnly: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
};

/** A refusal. */
export function refuse(code: number, reason: string, headers: Record<string, string> = {}): Fault {
  return (_request, response) => send(response, code, { kind: 'Status', code, reason, message: reason }, headers);
}

/** A failure in the middle of a watch. */
export function errorEvent(code: number, reason: string): Fault {
  return (_request, response) => {
    const object = { kind: 'Status', status: 'Failure', code, reason, message: reason };
    send(response, 200, { type: 'ERROR', object });
  };
}
