import type { Document, Element } from '@xmldom/xmldom';
import { DOMImplementation, XMLSerializer } from '@xmldom/xmldom';
import { parseXml } from './parse-xml.ts';
import { childElements, findElements } from './xml-path.ts';

/** What a new element has: attributes whose value is `undefined` are left out. */
export interface NewElement {
  readonly attributes?: Readonly<Record<string, string | number | bigint | undefined>> | undefined;
  readonly text?: string | number | bigint | undefined;
}

/**
 * An element of an XML document that can be read and edited in place; all that is not touched keeps its content and
 * order. Values are escaped on the way out.
 *
 * Paths are child names separated by slashes, each with at most one condition: `devices/disk[@device='cdrom']`. `*` is
 * any name; an element with a prefix is named with it.
 */
export class XmlElement {
  readonly #element: Element;

  /** Wraps a DOM element; use {@link XmlElement.parse} or {@link XmlElement.create}. */
  constructor(element: Element) {
    this.#element = element;
  }

  /** Reads a document and returns its root. @throws LibvirtError `protocol` when it is not well-formed. */
  static parse(text: string): XmlElement {
    return new XmlElement(parseXml(text));
  }

  /** Makes a document with one element. */
  static create(name: string, content: NewElement = {}): XmlElement {
    const document = new DOMImplementation().createDocument(null, '');
    const element = document.createElement(name);
    document.appendChild(element);
    return new XmlElement(element).#fill(content);
  }

  /** Name with its prefix, if it has one. */
  get name(): string {
    return this.#element.tagName;
  }

  /** Namespace URI, `undefined` when it has none. */
  get namespace(): string | undefined {
    return this.#element.namespaceURI ?? undefined;
  }

  /** All text inside, trimmed. */
  get text(): string {
    return (this.#element.textContent ?? '').trim();
  }

  /** Child elements in order. */
  get children(): readonly XmlElement[] {
    return childElements(this.#element).map((child) => new XmlElement(child));
  }

  /** Value of an attribute, `undefined` when it is missing. */
  attribute(name: string): string | undefined {
    return this.#element.getAttribute(name) ?? undefined;
  }

  /** First element at the path, `undefined` when there is none. */
  find(path: string): XmlElement | undefined {
    const first = findElements(this.#element, path)[0];
    return first && new XmlElement(first);
  }

  /** All elements at the path, in document order. */
  findAll(path: string): readonly XmlElement[] {
    return findElements(this.#element, path).map((element) => new XmlElement(element));
  }

  /** First child in this namespace with this local name, whatever its prefix. */
  findInNamespace(namespace: string, localName: string): XmlElement | undefined {
    const found = childElements(this.#element).find(
      (child) => child.namespaceURI === namespace && child.localName === localName,
    );
    return found && new XmlElement(found);
  }

  /** Text at the path, `undefined` when there is no such element. */
  textAt(path: string): string | undefined {
    return this.find(path)?.text;
  }

  /** Attribute of the element at the path, `undefined` when either is missing. */
  attributeAt(path: string, name: string): string | undefined {
    return this.find(path)?.attribute(name);
  }

  /** Sets an attribute, or removes it when the value is `undefined`. */
  setAttribute(name: string, value: string | number | bigint | undefined): this {
    if (value === undefined) this.#element.removeAttribute(name);
    else this.#element.setAttribute(name, String(value));
    return this;
  }

  /** Replaces all content with text. */
  setText(value: string | number | bigint): this {
    this.#element.textContent = String(value);
    return this;
  }

  /** Appends a new child and returns it. */
  append(name: string, content: NewElement = {}): XmlElement {
    const child = new XmlElement(this.#document.createElement(name)).#fill(content);
    this.#element.appendChild(child.#element);
    return child;
  }

  /** Appends a new child in a namespace, `name` with its prefix, and returns it. */
  appendInNamespace(namespace: string, name: string, content: NewElement = {}): XmlElement {
    const child = new XmlElement(this.#document.createElementNS(namespace, name)).#fill(content);
    this.#element.appendChild(child.#element);
    return child;
  }

  /** Appends a copy of an element, of this or another document, and returns the copy. */
  appendCopy(element: XmlElement): XmlElement {
    const copy = this.#document.importNode(element.#element, true);
    this.#element.appendChild(copy);
    return new XmlElement(copy);
  }

  /** Finds the element at a path of plain names, making what is missing. */
  ensure(path: string): XmlElement {
    let current: XmlElement = new XmlElement(this.#element);
    for (const name of path.split('/')) current = current.find(name) ?? current.append(name);
    return current;
  }

  /** Puts a copy of an element in this one's place and returns the copy. @throws TypeError on a document's root. */
  replaceWith(element: XmlElement): XmlElement {
    const copy = this.#document.importNode(element.#element, true);
    this.#parent().replaceChild(copy, this.#element);
    return new XmlElement(copy);
  }

  /** Takes this element out of its document. @throws TypeError on a document's root. */
  remove(): void {
    this.#parent().removeChild(this.#element);
  }

  /** A document of its own with a copy of this element as root. */
  clone(): XmlElement {
    return XmlElement.parse(this.toString());
  }

  /** This element as XML text, without a declaration. */
  toString(): string {
    return new XMLSerializer().serializeToString(this.#element);
  }

  get #document(): Document {
    const document = this.#element.ownerDocument;
    if (document === null) throw new TypeError(`<${this.name}> belongs to no document`);
    return document;
  }

  #parent(): Element {
    const parent = this.#element.parentNode;
    if (parent?.nodeType !== this.#element.ELEMENT_NODE) {
      throw new TypeError(`<${this.name}> is the root of its document and cannot leave it`);
    }
    return parent as Element;
  }

  #fill(content: NewElement): this {
    for (const [name, value] of Object.entries(content.attributes ?? {})) this.setAttribute(name, value);
    return content.text === undefined ? this : this.setText(content.text);
  }
}
