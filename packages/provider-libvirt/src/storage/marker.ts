import { z } from 'zod';

/** Markers have one size, so that writing one again replaces all of the old one. */
export const MARKER_BYTES = 1024;

const markerSchema = z.object({
  /** The operation that made the volume. */
  operationId: z.string(),
  /** What the volume shows to a guest. */
  virtualSizeBytes: z.number().int().nonnegative(),
  /** Of an image's source, as it was read, and of a seed. */
  sha256: z.string().optional(),
  /** The disk was taken off its VM and has to outlive it. */
  detached: z.boolean().optional(),
});

/** What stands in a marker: that the volume is complete, and what cannot be seen on it. */
export type Marker = z.output<typeof markerSchema>;

/** A marker as bytes. */
export function encodeMarker(marker: Marker): Uint8Array {
  const text = Buffer.from(JSON.stringify(marker));
  if (text.length > MARKER_BYTES) throw new RangeError(`a marker of ${String(text.length)} bytes does not fit`);
  return Buffer.concat([text, Buffer.alloc(MARKER_BYTES - text.length, ' ')]);
}

/** Reads a marker; undefined for one that was not written to its end. */
export function decodeMarker(bytes: Uint8Array): Marker | undefined {
  try {
    const parsed = markerSchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
