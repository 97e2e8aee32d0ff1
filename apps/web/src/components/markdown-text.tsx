import { Anchor, Code } from '@mantine/core';
import type { ReactNode } from 'react';
import { type Block, type Inline, parseMarkdown } from '../domain/markdown.ts';
import styles from './markdown-text.module.css';

/** A description from an advisory as React elements; nothing of it is ever HTML. */
export function MarkdownText({ source }: { readonly source: string }) {
  return (
    <div className={styles.text}>
      {parseMarkdown(source).map((block, at) => (
        <BlockText key={at} block={block} />
      ))}
    </div>
  );
}

function BlockText({ block }: { readonly block: Block }): ReactNode {
  switch (block.kind) {
    case 'code':
      return <Code block>{block.text}</Code>;
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul';
      const items = block.items.map((item, at) => (
        <li key={at}>
          <InlineText runs={item} />
        </li>
      ));
      return <List>{items}</List>;
    }
    case 'heading':
      return (
        <h4>
          <InlineText runs={block.content} />
        </h4>
      );
    default:
      return (
        <p>
          <InlineText runs={block.content} />
        </p>
      );
  }
}

function InlineText({ runs }: { readonly runs: readonly Inline[] }) {
  return runs.map((run, at) => <Run key={at} run={run} />);
}

function Run({ run }: { readonly run: Inline }): ReactNode {
  switch (run.kind) {
    case 'code':
      return <Code>{run.text}</Code>;
    case 'strong':
      return <strong>{run.text}</strong>;
    case 'emphasis':
      return <em>{run.text}</em>;
    case 'link':
      return <OutsideLink href={run.href}>{run.text}</OutsideLink>;
    default:
      return run.text;
  }
}

/** A link to another site, which learns nothing about this one. `href` must have passed `safeUrl`. */
export function OutsideLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <Anchor href={href} target="_blank" rel="noopener noreferrer nofollow" inherit>
      {children}
    </Anchor>
  );
}
