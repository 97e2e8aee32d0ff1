import { safeUrl } from './safe-url.ts';

/** A run of text inside a block. */
export type Inline =
  | { readonly kind: 'text' | 'code' | 'strong' | 'emphasis'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** A part of a document, one below the other. */
export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly content: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] };

/** A description longer than this is cut: no advisory needs more, and the page stays quick. */
const longest = 50_000;

/**
 * Reads the small part of Markdown that advisories use. Takes text from anyone: HTML is text, images are their
 * alternative text, and a link survives only when it leads to http or https. Time is linear in the length.
 */
export function parseMarkdown(source: string): Block[] {
  const lines = source.slice(0, longest).replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let list: { ordered: boolean; items: string[] } | undefined;

  const close = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', content: parseInline(paragraph.join(' ')) });
    if (list) blocks.push({ kind: 'list', ordered: list.ordered, items: list.items.map(parseInline) });
    paragraph = [];
    list = undefined;
  };

  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const text = line.trim();
    if (text.startsWith('```')) {
      close();
      const code: string[] = [];
      for (at += 1; at < lines.length && !lines[at]?.trim().startsWith('```'); at += 1) {
        code.push(lines[at] ?? '');
      }
      blocks.push({ kind: 'code', text: code.join('\n') });
      continue;
    }

    const heading = /^#{1,6} (.*)$/.exec(text)?.[1];
    const item = /^(?:[-*+]|(\d{1,9})[.)]) (.*)$/.exec(text);
    if (text === '') close();
    else if (heading !== undefined) {
      close();
      blocks.push({ kind: 'heading', content: parseInline(heading) });
    } else if (item) {
      const ordered = item[1] !== undefined;
      if (list?.ordered !== ordered) close();
      list ??= { ordered, items: [] };
      list.items.push(item[2] ?? '');
    } else if (list) {
      // A line that goes on below its item.
      list.items.push(`${list.items.pop() ?? ''} ${text}`);
    } else paragraph.push(text);
  }
  close();
  return blocks;
}

// Each alternative excludes its own end mark and is bounded, so a hostile text cannot make it run back and forth.
const mark =
  /`([^`]{1,500})`|\*\*([^*]{1,500})\*\*|(?<![\w*])\*([^*\s][^*]{0,498})\*(?![\w*])|!?\[([^[\]]{0,300})\]\(([^()\s]{1,2048})\)|<(https?:\/\/[^<>\s]{1,2048})>|(https?:\/\/[^\s<>()[\]"'`]{1,2048})/g;

function parseInline(text: string): Inline[] {
  const runs: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(mark)) {
    if (match.index > end) runs.push({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    runs.push(...runsOf(match));
  }
  if (end < text.length) runs.push({ kind: 'text', text: text.slice(end) });
  return runs;
}

function runsOf(match: RegExpExecArray): Inline[] {
  const [whole, code, strong, emphasis, label, target, bracketed, bare] = match;
  if (code !== undefined) return [{ kind: 'code', text: code }];
  if (strong !== undefined) return [{ kind: 'strong', text: strong }];
  if (emphasis !== undefined) return [{ kind: 'emphasis', text: emphasis }];
  if (target !== undefined) {
    // Pictures are requests to other places, so only what they are called is shown.
    if (whole.startsWith('!')) return [{ kind: 'text', text: label ?? '' }];
    return [linkTo(target, label || target)];
  }
  if (bracketed !== undefined) return [linkTo(bracketed, bracketed)];
  const address = (bare ?? '').replace(/[.,;:!?]+$/, '');
  const rest = whole.slice(address.length);
  return rest ? [linkTo(address, address), { kind: 'text', text: rest }] : [linkTo(address, address)];
}

function linkTo(target: string, text: string): Inline {
  const href = safeUrl(target);
  return href === undefined ? { kind: 'text', text } : { kind: 'link', text, href };
}
