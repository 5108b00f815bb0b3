import { useState } from 'react';

const SHOWN = 2000; // ms

/** Puts words on the clipboard; `copied` for a moment after it went well. */
export function useCopy(words: string): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(words).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SHOWN);
    });
  };
  return { copied, copy };
}
