import { XmlElement } from './xml-element.ts';

/**
 * A domain's definition, read from libvirt or made new. Edits keep everything that this class does not know, in its
 * order, so that what `domainGetXmlDesc` gave can be changed in one place and defined again.
 */
export class DomainXml {
  /** The `<domain>` element. */
  readonly root: XmlElement;

  private constructor(root: XmlElement) {
    this.root = root;
  }

  /** Reads a definition. @throws LibvirtError `protocol` when it is not well-formed, TypeError when it is not a domain's. */
  static parse(text: string): DomainXml {
    const root = XmlElement.parse(text);
    if (root.name !== 'domain') throw new TypeError(`expected <domain>, found <${root.name}>`);
    return new DomainXml(root);
  }

  /** Makes a definition with nothing but its type (`kvm`, `qemu`, `test`) and name. */
  static create(type: string, name: string): DomainXml {
    const root = XmlElement.create('domain', { attributes: { type } });
    root.append('name', { text: name });
    return new DomainXml(root);
  }

  get name(): string {
    return this.root.textAt('name') ?? '';
  }

  /** UUID, `undefined` before libvirt gave one. */
  get uuid(): string | undefined {
    return this.root.textAt('uuid');
  }

  /** The `<devices>` element, made when it is missing. */
  get devices(): XmlElement {
    return this.root.ensure('devices');
  }

  /** The device with this alias, `undefined` when there is none. */
  findDeviceByAlias(alias: string): XmlElement | undefined {
    return this.devices.children.find((device) => device.attributeAt('alias', 'name') === alias);
  }

  /** An element of `<metadata>` by namespace, `undefined` when there is none. */
  findMetadata(namespace: string, localName: string): XmlElement | undefined {
    return this.root.find('metadata')?.findInNamespace(namespace, localName);
  }

  /** Puts an element into `<metadata>`; one of the same namespace is replaced, as libvirt allows one each. */
  setMetadata(element: XmlElement): void {
    const metadata = this.root.ensure('metadata');
    const before = metadata.children.find((child) => child.namespace === element.namespace);
    if (before) before.replaceWith(element);
    else metadata.appendCopy(element);
  }

  /** The definition as XML text. */
  toString(): string {
    return this.root.toString();
  }
}
