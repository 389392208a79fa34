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

/** The beginning of an answer, and a proper end after it. */
export const truncated: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"');
};

/** JSON in every line, and never what was asked for. */
export const otherJson: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('[1,2,3]\nnull\n"text"\n{"type":"ADDED"}\n');
};

/** Bytes of another encoding. */
export const wrongType: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/vnd.kubernetes.protobuf' });
  response.end(Buffer.from([0x6b, 0x38, 0x73, 0x00, 0x0a, 0x07, 0x0a, 0x02, 0x76, 0x31, 0xff, 0xfe]));
};

/** A body that comes byte by byte and has no end: something always arrives, and never a whole line. */
export const slowBody: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"type":"ADDED","object":{"metadata":{"name":"');
  const timer = setInterval(() => response.write('a'), 20);
  response.on('close', () => clearInterval(timer));
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
