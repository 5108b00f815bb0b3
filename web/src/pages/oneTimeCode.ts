/** The code of `#code=…`; it is taken out of the address, so that no history or screen keeps it. */
export function takeCode(): string | null {
  const code = new URLSearchParams(window.location.hash.slice(1)).get('code');
  if (code === null) return null;
  window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  return code;
}
