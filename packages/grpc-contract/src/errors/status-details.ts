import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo } from '../gen/google/rpc/error_details.ts';
import { Status } from '../gen/google/rpc/status.ts';
import { ContractError } from './contract-error.ts';
import { Code, ERROR_DOMAIN } from './reason.ts';

/** Trailer that carries a google.rpc.Status (gRPC's richer error model). */
const DETAILS_KEY = 'grpc-status-details-bin';
const typeUrl = (name: string) => `type.googleapis.com/google.rpc.${name}`;
/** Trailers share one header block of 8 KiB with everything else a proxy adds: longer texts are cut. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * Encodes a failure for the wire. A {@link ContractError} keeps its code, reason and details; anything else becomes INTERNAL
 * without ErrorInfo, so that the caller treats the outcome as unknown.
 */
export function toStatus(error: unknown): StatusObject {
  if (!(error instanceof ContractError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: Code.INTERNAL, details: message.slice(0, MAX_MESSAGE_LENGTH), metadata: new Metadata() };
  }
  const metadata = new Metadata();
  const message = error.message.slice(0, MAX_MESSAGE_LENGTH);
  metadata.set(
    DETAILS_KEY,
    Buffer.from(Status.encode({ code: error.code, message, details: detailsOf(error) }).finish()),
  );
  return { code: error.code, details: message, metadata };
}

function detailsOf(error: ContractError): Status['details'] {
  const details: Status['details'] = [];
  if (error.reason !== undefined) {
    const info = { reason: error.reason, domain: ERROR_DOMAIN, metadata: { ...error.metadata } };
    details.push({ typeUrl: typeUrl('ErrorInfo'), value: Buffer.from(ErrorInfo.encode(info).finish()) });
  }
  if (error.fieldViolations.length > 0) {
    const fieldViolations = error.fieldViolations.slice(0, 32).map((violation) => ({ ...violation }));
    details.push({
      typeUrl: typeUrl('BadRequest'),
      value: Buffer.from(BadRequest.encode({ fieldViolations }).finish()),
    });
  }
  if (error.retryDelayMs !== undefined) {
    const ms = Math.max(0, Math.round(error.retryDelayMs));
    const retryDelay = { seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
    details.push({ typeUrl: typeUrl('RetryInfo'), value: Buffer.from(RetryInfo.encode({ retryDelay }).finish()) });
  }
  return details;
}

/** Decodes what a failed call ended with. Details that are not of the contract, or do not parse, are left out. */
export function fromStatus(status: Partial<StatusObject>, cause?: unknown): ContractError {
  const code = status.code ?? Code.UNKNOWN;
  const message = status.details ?? 'the call failed without a message';
  const parsed = parseDetails(status.metadata);
  return new ContractError({ code, message, ...parsed, cause });
}

interface ParsedDetails {
  reason?: string;
  metadata?: Record<string, string>;
  fieldViolations?: { field: string; description: string }[];
  retryDelayMs?: number;
}

function parseDetails(metadata: Metadata | undefined): ParsedDetails {
  const raw = metadata?.get(DETAILS_KEY)[0];
  if (!(raw instanceof Buffer)) return {};
  const parsed: ParsedDetails = {};
  try {
    for (const { typeUrl: url, value } of Status.decode(raw).details) readDetail(parsed, url, value);
  } catch {
    // A trailer that is no google.rpc.Status says nothing: the code and the message stand alone.
    return {};
  }
  return parsed;
}

function readDetail(into: ParsedDetails, url: string, value: Uint8Array): void {
  if (url === typeUrl('ErrorInfo')) {
    const info = ErrorInfo.decode(value);
    if (info.domain !== ERROR_DOMAIN) return;
    into.reason = info.reason;
    into.metadata = info.metadata;
  } else if (url === typeUrl('BadRequest')) {
    into.fieldViolations = BadRequest.decode(value).fieldViolations;
  } else if (url === typeUrl('RetryInfo')) {
    const delay = RetryInfo.decode(value).retryDelay;
    if (delay) into.retryDelayMs = Number(delay.seconds) * 1000 + delay.nanos / 1_000_000;
  }
}
