/**
 * What went wrong, as a closed set:
 *
 * - `libvirt`: libvirtd answered with an error; `code` and `domain` say which.
 * - `lost`: there is no connection, or it broke before the answer came.
 * - `timeout`: the call's own deadline passed.
 * - `aborted`: the caller's signal fired, or a stream was given up.
 * - `protocol`: the peer sent bytes that are not libvirt RPC, or an argument does not fit the wire.
 * - `unsupported`: this client cannot do it (a transport or an authentication that is not built).
 */
export type LibvirtErrorKind = 'libvirt' | 'lost' | 'timeout' | 'aborted' | 'protocol' | 'unsupported';

/**
 * What is known about the effect of the call that failed:
 *
 * - `refused`: libvirtd answered no.
 * - `not-sent`: the request never left this process, so it had no effect.
 * - `unknown`: it was sent and no answer came; it may have had its effect. Look before doing it again.
 */
export type LibvirtOutcome = 'refused' | 'not-sent' | 'unknown';

/** Fields of an error that libvirtd sent. */
export interface LibvirtErrorDetail {
  /** One of {@link ErrorCode}; 0 unless `kind` is `libvirt`. */
  readonly code: number;
  /** One of {@link ErrorDomain}: the part of libvirt that complained; 0 unless `kind` is `libvirt`. */
  readonly domain: number;
  /** 1 warning, 2 error; 0 unless `kind` is `libvirt`. */
  readonly level: number;
  readonly str1?: string | undefined;
  readonly str2?: string | undefined;
  readonly str3?: string | undefined;
  /** With code 38 (system) this is errno. */
  readonly int1: number;
  readonly int2: number;
}

/** How a {@link LibvirtError} is made. */
export interface LibvirtErrorInit {
  readonly kind: LibvirtErrorKind;
  readonly outcome: LibvirtOutcome;
  readonly message: string;
  readonly detail?: LibvirtErrorDetail | undefined;
  readonly cause?: unknown;
}

/** The one error that every call, stream and connection of this package fails with. */
export class LibvirtError extends Error implements LibvirtErrorDetail {
  readonly kind: LibvirtErrorKind;
  readonly outcome: LibvirtOutcome;
  readonly code: number;
  readonly domain: number;
  readonly level: number;
  readonly str1: string | undefined;
  readonly str2: string | undefined;
  readonly str3: string | undefined;
  readonly int1: number;
  readonly int2: number;

  constructor(init: LibvirtErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = 'LibvirtError';
    this.kind = init.kind;
    this.outcome = init.outcome;
    this.code = init.detail?.code ?? 0;
    this.domain = init.detail?.domain ?? 0;
    this.level = init.detail?.level ?? 0;
    this.str1 = init.detail?.str1;
    this.str2 = init.detail?.str2;
    this.str3 = init.detail?.str3;
    this.int1 = init.detail?.int1 ?? 0;
    this.int2 = init.detail?.int2 ?? 0;
  }
}

/**
 * Whether libvirtd itself answered with this code. A lost connection or a timeout never matches, so
 * `isLibvirtCode(error, ErrorCode.noDomain)` is the one safe test for "this domain does not exist".
 */
export function isLibvirtCode(error: unknown, code: number): error is LibvirtError {
  return error instanceof LibvirtError && error.kind === 'libvirt' && error.code === code;
}
