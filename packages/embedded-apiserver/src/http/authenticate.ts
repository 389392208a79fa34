import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Makes a check of the bearer token that takes as long for a wrong one as for the right one. */
export function bearerCheck(token: string): (request: IncomingMessage) => boolean {
  const expected = digest(token);
  return (request) => {
    const [, given = ''] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    return timingSafeEqual(digest(given), expected);
  };
}

// Digests have one length, whatever the token's: the comparison tells nothing of it.
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
