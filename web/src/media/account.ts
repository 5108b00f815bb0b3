/** Whose media connection this is, by its identity: `u.<account>`, or `u.<account>.<nonce>`. */
export function accountOf(identity: string): string | null {
  return /^u\.([^.]+)(?:\.|$)/.exec(identity)?.[1] ?? null;
}
