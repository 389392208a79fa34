/** HTTP methods of the Kubernetes API. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One request to the API server. */
export interface ApiRequest {
  readonly method: HttpMethod;
  /** Absolute path, each segment already encoded. */
  readonly path: string;
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Defaults to `application/json`. */
  readonly contentType?: string | undefined;
  /** Defaults to `application/json`. */
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For all of it, waiting for the rate limit and retries included. Defaults to 30 s; streams have none of their own. */
  readonly timeoutMs?: number | undefined;
  /** `exempt`: waits neither for the rate limit nor for a free connection, as the renewal of a Lease must not. */
  readonly rate?: 'limited' | 'exempt' | undefined;
}

/** A request whose answer is a stream of JSON lines; exempt from the rate limit, for its reader has a back-off. */
export type StreamRequest = Omit<ApiRequest, 'timeoutMs' | 'rate' | 'body' | 'contentType'>;

/** A connection to one API server: authenticated, pooled, rate-limited. Holds no state of any kind of object. */
export interface Transport {
  /** Host and port of the server. */
  readonly host: string;
  /**
   * Sends a request and parses the JSON answer.
   *
   * Reads are repeated within their time after 429, 503 with Retry-After, and a lost connection; writes never are.
   *
   * @throws {@link ApiError}
   */
  request(request: ApiRequest): Promise<unknown>;
  /**
   * Opens a stream and yields each line of the answer, parsed. Leaving the loop closes the connection.
   *
   * @throws {@link ApiError} also `BadAnswer` when a line is no JSON or is longer than the limit.
   */
  stream(request: StreamRequest): AsyncIterable<unknown>;
  /** Closes the connections once what runs on them has ended; streams are cut. */
  close(): Promise<void>;
}
