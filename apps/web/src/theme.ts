import { Button, createTheme, type MantineColorsTuple } from '@mantine/core';

/** The sea under the load line. */
const sea: MantineColorsTuple = [
  '#ecfafd',
  '#d8f1f7',
  '#ade1ed',
  '#7fd0e3',
  '#5bc2db',
  '#40b3cf',
  '#1c93b0',
  '#0e7490',
  '#0c5f77',
  '#084a5e',
];

/** The greys of the dark scheme, from text to ground. */
const night: MantineColorsTuple = [
  '#e4ecf1',
  '#b9c7d1',
  '#9fb0bd',
  '#7b8d9a',
  '#35464f',
  '#27353f',
  '#1b2831',
  '#151f27',
  '#10181f',
  '#0b1116',
];

/** Type and colours; severity colours and surfaces are in tokens.css. */
export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 7, dark: 5 },
  autoContrast: true,
  colors: { sea, dark: night },
  fontFamily:
    'Inter, "Segoe UI Variable Text", "Segoe UI", -apple-system, BlinkMacSystemFont, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  defaultRadius: 'md',
  components: { Button: Button.extend({ styles: { label: { fontWeight: 550 } } }) },
  cursorType: 'pointer',
});
