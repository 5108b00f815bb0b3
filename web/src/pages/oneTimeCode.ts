import { useEffect, useState } from 'react';

/**
 * The code of `#code=…`. It is taken out of the address, so that no history or screen keeps it, but not before
 * the page stands: a first render may be thrown away and begun again, and has to find it once more.
 */
export function useOneTimeCode(): string | null {
  const [code] = useState(codeOfAddress);
  useEffect(() => {
    if (code !== null) window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }, [code]);
  return code;
}

function codeOfAddress(): string | null {
  return new URLSearchParams(window.location.hash.slice(1)).get('code');
}
