import { CloseButton, Kbd, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { SearchIcon } from './icons.tsx';

/** A pause in typing after which the list follows, milliseconds. */
const pauseMs = 200;

/** A search field that `/` jumps to; it tells its text after a pause in typing, undefined when it is empty. */
export function SearchBox({
  label,
  value = '',
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (text: string | undefined) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback(onChange, pauseMs);
  useHotkeys([['/', () => field.current?.select()]]);

  // The address changed: by what was typed here, or by itself (back, forward, "clear filters").
  if (value !== told) {
    setTold(value);
    setText(value);
  }

  const change = (next: string) => {
    setText(next);
    tell(next || undefined);
  };
  return (
    <TextInput
      ref={field}
      aria-label={label}
      placeholder={label}
      value={text}
      maxLength={255}
      leftSection={<SearchIcon />}
      rightSectionWidth={36}
      rightSection={
        text === '' ? (
          <Kbd size="xs" aria-hidden visibleFrom="sm">
            /
          </Kbd>
        ) : (
          <CloseButton size="sm" aria-label="Clear the search" onClick={() => change('')} />
        )
      }
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        if (text === '') event.currentTarget.blur();
        else change('');
      }}
      style={{ flex: '1 1 16rem' }}
    />
  );
}
