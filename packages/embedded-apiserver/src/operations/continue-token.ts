import { z } from 'zod';
import { badRequest } from '../status/refusals.ts';

/** Where the next page of a list begins. */
export interface Continue {
  readonly revision: number;
  /** The key of the last object that was shown. */
  readonly after: string;
}

const shape = z.strictObject({ v: z.literal('embedded.v1'), rv: z.int().nonnegative(), start: z.string() });

/** An opaque token for clients. */
export function encodeContinue({ revision, after }: Continue): string {
  return Buffer.from(JSON.stringify({ v: 'embedded.v1', rv: revision, start: after })).toString('base64url');
}

/** @throws {@link StatusError} `BadRequest` for a token that is none, or is of another list */
export function decodeContinue(token: string, prefix: string): Continue {
  try {
    const { rv, start } = shape.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    if (!start.startsWith(prefix)) throw new Error('it is of another namespace');
    return { revision: rv, after: start };
  } catch (error) {
    throw badRequest(`continue key is not valid: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}
