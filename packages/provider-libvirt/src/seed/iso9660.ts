import { both16, both32, padded, paddedUcs2, SECTOR, sectorsOf, volumeTime } from './iso-fields.ts';
import { directoryRecord, directorySector, pathTable, type Extent } from './iso-directory.ts';
import { alternateName, extensionsReference, posixAttributes, sharingProtocol, timeStamps } from './rock-ridge.ts';

/** A file in the root of the image. */
export interface IsoFile {
  /** Letters, digits, `-`, `_` and `.`; at most 64. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** What the image holds. */
export interface IsoImage {
  /** Volume label, upper case: `CIDATA`. */
  readonly label: string;
  readonly files: readonly IsoFile[];
  /** The same input gives the same bytes. */
  readonly createdAt: Date;
}

/** Where the parts lie: 16 empty sectors, three descriptors, the path tables, two directories, the files. */
const AT = {
  primary: 16,
  joliet: 17,
  end: 18,
  pathLittle: 19,
  pathBig: 20,
  jolietPathLittle: 21,
  jolietPathBig: 22,
  root: 23,
  jolietRoot: 24,
} as const;

const FIRST_FILE = 25;

interface Placed extends Extent {
  readonly file: IsoFile;
}

/**
 * Writes an ISO 9660 image with Rock Ridge and Joliet names and every file in its root: what NoCloud reads. Pure.
 *
 * @throws when a name cannot be written, or there are more files than one directory sector holds (about a dozen).
 */
export function writeIso9660(image: IsoImage): Uint8Array {
  for (const { name } of image.files) {
    if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) throw new Error(`"${name}" is no file name for the seed`);
  }
  const files = place(image.files);
  const last = files.at(-1);
  const total = last ? last.sector + Math.max(1, sectorsOf(last.bytes)) : FIRST_FILE;
  const out = Buffer.alloc(total * SECTOR);
  const put = (sector: number, bytes: Uint8Array): void => {
    out.set(bytes, sector * SECTOR);
  };
  put(AT.primary, volumeDescriptor(image, { total, kind: 'primary' }));
  put(AT.joliet, volumeDescriptor(image, { total, kind: 'joliet' }));
  put(AT.end, Buffer.from('\xffCD001\x01', 'latin1'));
  put(AT.pathLittle, pathTable(AT.root, 'little'));
  put(AT.pathBig, pathTable(AT.root, 'big'));
  put(AT.jolietPathLittle, pathTable(AT.jolietRoot, 'little'));
  put(AT.jolietPathBig, pathTable(AT.jolietRoot, 'big'));
  put(AT.root, rockRidgeRoot(files, image.createdAt));
  put(AT.jolietRoot, jolietRoot(files, image.createdAt));
  for (const { sector, file } of files) put(sector, file.content);
  return out;
}

function place(files: readonly IsoFile[]): readonly Placed[] {
  let sector = FIRST_FILE;
  return [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => {
      const placed = { file, sector, bytes: file.content.length };
      // An empty file has a sector of its own as well: some readers take sector 0 for a broken one.
      sector += Math.max(1, sectorsOf(placed.bytes));
      return placed;
    });
}

function volumeDescriptor(
  { label, createdAt }: IsoImage,
  { total, kind }: { readonly total: number; readonly kind: 'primary' | 'joliet' },
): Buffer {
  const isJoliet = kind === 'joliet';
  const text = isJoliet ? paddedUcs2 : padded;
  const rootSector = isJoliet ? AT.jolietRoot : AT.root;
  const descriptor = Buffer.concat([
    Buffer.from(`${isJoliet ? '\x02' : '\x01'}CD001\x01\x00`, 'latin1'),
    text('LINUX', 32),
    text(label, 32),
    Buffer.alloc(8),
    both32(total),
    // Level 3 of UCS-2.
    isJoliet ? Buffer.concat([Buffer.from('%/E', 'latin1'), Buffer.alloc(29)]) : Buffer.alloc(32),
    both16(1),
    both16(1),
    both16(SECTOR),
    both32(10),
    littleEndian(isJoliet ? AT.jolietPathLittle : AT.pathLittle),
    Buffer.alloc(4),
    bigEndian(isJoliet ? AT.jolietPathBig : AT.pathBig),
    Buffer.alloc(4),
    self(rootSector, createdAt, []),
    text('', 128),
    text('', 128),
    text('', 128),
    text('VIRTRIGAUD', 128),
    text('', 37),
    text('', 37),
    text('', 37),
    volumeTime(createdAt),
    volumeTime(createdAt),
    volumeTime(undefined),
    volumeTime(createdAt),
    Buffer.from([1]),
  ]);
  return descriptor;
}

/** The record of the root itself: "." with the identifier 0. */
const self = (sector: number, at: Date, systemUse: readonly Buffer[]): Buffer =>
  directoryRecord({ sector, bytes: SECTOR, identifier: Buffer.from([0]), isDirectory: true, at, systemUse });
const parent = (sector: number, at: Date, systemUse: readonly Buffer[]): Buffer =>
  directoryRecord({ sector, bytes: SECTOR, identifier: Buffer.from([1]), isDirectory: true, at, systemUse });

function rockRidgeRoot(files: readonly Placed[], at: Date): Buffer {
  const directory = [posixAttributes('directory'), timeStamps(at)];
  return directorySector([
    self(AT.root, at, [sharingProtocol(), ...directory, extensionsReference()]),
    parent(AT.root, at, directory),
    ...files.map(({ sector, bytes, file }, index) =>
      directoryRecord({
        sector,
        bytes,
        // Readers that know only ISO 9660 need some name of 8.3 form; nobody who boots from a seed is one of them.
        identifier: Buffer.from(`F${String(index).padStart(7, '0')}.;1`, 'latin1'),
        isDirectory: false,
        at,
        systemUse: [posixAttributes('file'), timeStamps(at), alternateName(file.name)],
      }),
    ),
  ]);
}

function jolietRoot(files: readonly Placed[], at: Date): Buffer {
  return directorySector([
    self(AT.jolietRoot, at, []),
    parent(AT.jolietRoot, at, []),
    ...files.map(({ sector, bytes, file }) =>
      directoryRecord({
        sector,
        bytes,
        identifier: Buffer.from(file.name, 'utf16le').swap16(),
        isDirectory: false,
        at,
        systemUse: [],
      }),
    ),
  ]);
}

function littleEndian(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value);
  return field;
}

function bigEndian(value: number): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32BE(value);
  return field;
}
