import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { connectionError } from './http/connection-error.ts';
import type { HttpAnswer } from './http/transport.ts';
import { notJson, otherForm } from './parse-json.ts';
import { RegistryError } from './registry-error.ts';

/** What a member of the document holds: elements, or members of its own. Null stands for none. */
export type PartsOf = 'array' | 'object';

/** An element or a member of one of the lists: the list's name, its own key, and its value. */
export type JsonPart = { readonly list: string; readonly key: string; readonly value: unknown };

export type JsonPartsLimits = {
  /** Longest document, bytes. */
  readonly bytes: number;
  /** Longest name, text or number within, bytes. */
  readonly tokenBytes: number;
};

/** Tokens of one part: of a digest with so many tags. */
const maxPartTokens = 200_000;
const maxDepth = 32;

/**
 * Reads the lists of a JSON document, an object, part by part as it comes in. Nothing of it is kept here, so that a document
 * of any length takes the memory of its longest part. `members` says which members are lists, and of what; others are passed over.
 * @throws {RegistryError} `too-large`, `invalid-answer` (no JSON, or another form), or as the connection fails.
 */
export async function readJsonParts(
  answer: HttpAnswer,
  members: Readonly<Record<string, PartsOf>>,
  limits: JsonPartsLimits,
  onPart: (part: JsonPart) => void,
  signal: AbortSignal,
): Promise<void> {
  const { url } = answer;
  const reader = new PartsReader(members, url, onPart);
  let size = 0;
  let isFirst = true;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.bytes || reader.silentBytes > limits.tokenBytes) {
        const most = size > limits.bytes ? limits.bytes : limits.tokenBytes;
        throw new RegistryError(
          'too-large',
          `${url.origin} sent more than ${most} bytes ${size > limits.bytes ? '' : 'in one piece '}for ${url.pathname}.`,
        );
      }
      if (isFirst && /^\s*</.test(chunk.subarray(0, 64).toString('latin1'))) throw notJson(url, true);
      isFirst = false;
      reader.write(chunk);
    }
  } catch (error) {
    throw connectionError(error, url, signal);
  }
  if (!reader.isEnded) throw notJson(url, false);
}

/** Puts the library's tokenizer and parser together, with a bound between them. */
class PartsReader {
  readonly #tokenizer = new Tokenizer();
  readonly #parser: TokenParser;
  readonly #members: Readonly<Record<string, PartsOf>>;
  readonly #url: URL;
  #depth = 0;
  #partTokens = 0;
  /** The last text within the document itself, and the member whose value comes next. */
  #text = '';
  #member: string | undefined;
  /** Bytes that were written since the last token ended. */
  silentBytes = 0;

  constructor(members: Readonly<Record<string, PartsOf>>, url: URL, onPart: (part: JsonPart) => void) {
    this.#members = members;
    this.#url = url;
    const paths = Object.keys(members).map((name) => `$.${name}.*`);
    this.#parser = new TokenParser({ paths, keepStack: false });
    this.#parser.onValue = ({ value, key, stack }) => {
      onPart({ list: String(stack[1]?.key), key: String(key), value });
    };
    const fail = (error: Error) => {
      throw error instanceof RegistryError ? error : notJson(url, false);
    };
    this.#parser.onError = fail;
    this.#tokenizer.onError = fail;
    this.#tokenizer.onToken = (token) => {
      this.silentBytes = 0;
      this.#look(token.token, token.value);
      this.#parser.write(token);
    };
  }

  get isEnded(): boolean {
    return this.#parser.isEnded;
  }

  write(chunk: Uint8Array): void {
    this.silentBytes += chunk.length;
    this.#tokenizer.write(chunk);
  }

  /** Watches how deep it goes, how long one part gets, and whether the lists are lists. */
  #look(token: TokenType, value: unknown): void {
    if (this.#depth === 0 && token !== TokenType.LEFT_BRACE) throw otherForm(this.#url, 'the document');
    if (this.#member !== undefined) this.#checkForm(token, this.#member);
    this.#member = this.#depth === 1 && token === TokenType.COLON ? this.#text : undefined;
    if (this.#depth === 1 && token === TokenType.STRING) this.#text = String(value);
    this.#partTokens = this.#depth <= 2 ? 0 : this.#partTokens + 1;
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) this.#depth++;
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) this.#depth--;
    if (this.#depth > maxDepth || this.#partTokens > maxPartTokens) {
      throw otherForm(this.#url, this.#text);
    }
  }

  #checkForm(token: TokenType, member: string): void {
    const form = Object.hasOwn(this.#members, member) ? this.#members[member] : undefined;
    if (form === undefined || token === TokenType.NULL) return;
    const opening = form === 'array' ? TokenType.LEFT_BRACKET : TokenType.LEFT_BRACE;
    if (token !== opening) throw otherForm(this.#url, member);
  }
}
