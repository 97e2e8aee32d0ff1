import { ActionIcon } from '@mantine/core';
import { useState } from 'react';
import { CheckIcon, CopyIcon } from './icons.tsx';
import styles from './digest.module.css';

/** How long the page says that something was copied, milliseconds. */
const saidMs = 1_500;

/** The first digits of a digest, and a button that copies all of it. */
export function Digest({ digest }: { readonly digest: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await copyText(digest);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), saidMs);
  };
  return (
    <span className={styles.digest}>
      <code title={digest}>{digest.replace(/^sha256:/, '').slice(0, 12)}</code>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={22}
        aria-label={isCopied ? 'Copied' : `Copy digest ${digest}`}
        title={isCopied ? 'Copied' : 'Copy the whole digest'}
        onClick={() => void copy()}
      >
        {isCopied ? <CheckIcon size={13} /> : <CopyIcon size={13} />}
      </ActionIcon>
    </span>
  );
}

async function copyText(text: string): Promise<void> {
  // Browsers offer the clipboard on https and localhost only; a platform inside a network is often plain http.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
