import { accountOf } from '../../media/account';

interface Shown {
  participant: { identity: string };
}

/** The same pictures with those of the pinned person first, and how many these are. */
export function pinnedFirst<T extends Shown>(pictures: readonly T[], pinned: string | null): { ordered: T[]; first: number } {
  if (pinned === null) return { ordered: [...pictures], first: 0 };
  const own = pictures.filter((each) => accountOf(each.participant.identity) === pinned);
  return { ordered: [...own, ...pictures.filter((each) => !own.includes(each))], first: own.length };
}
