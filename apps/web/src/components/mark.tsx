/** The product's mark: a Plimsoll line, the circle on a hull that shows how deep a ship may be loaded. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      fill="none"
      stroke="var(--mantine-primary-color-filled)"
      strokeWidth={3.2}
      strokeLinecap="round"
      aria-hidden
    >
      <circle cx="16" cy="16" r="9.4" />
      <path d="M2 16h28" />
    </svg>
  );
}
