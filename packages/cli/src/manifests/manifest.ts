/** An object as a person wrote it; more than this is not known of it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** A manifest, and where it stands. */
export interface FoundManifest {
  /** For messages: file and line. */
  readonly at: string;
  readonly manifest: Manifest;
}
