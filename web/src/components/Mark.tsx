export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} role="img" aria-label="Livehall">
      <rect width="32" height="32" rx="8" fill="#0b5f63" />
      <path d="M9 24V13a7 7 0 0 1 14 0v11" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="16" cy="19" r="3.5" fill="#ff8a6b" />
    </svg>
  );
}
