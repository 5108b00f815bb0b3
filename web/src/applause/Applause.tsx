import { skipToken, useQuery } from '@tanstack/react-query';
import { type CSSProperties, useState } from 'react';
import { api } from '../api/client';
import { done } from '../api/envelope';
import type { Identity } from '../api/identity';
import { keys } from '../api/queries';
import type { components } from '../api/schema';
import { PanelWords } from '../i18n/PanelWords';
import { type MessageId, useText } from '../i18n/text';
import type { Burst } from '../realtime/applause';
import classes from './Applause.module.css';

type Emoji = components['schemas']['ReactionRequest']['emoji'];

/** What the API takes, in its order. */
const EMOJI: readonly (readonly [Emoji, MessageId])[] = [
  ['👏', 'applause.clap'],
  ['👍', 'applause.agree'],
  ['❤️', 'applause.love'],
  ['😂', 'applause.laugh'],
  ['😮', 'applause.wonder'],
  ['🎉', 'applause.celebrate'],
  ['🤔', 'applause.think'],
  ['🙏', 'applause.thanks'],
];
const MOST = 8; // that rise of one burst; a number says how many there were

interface ApplauseProps {
  sessionId: string;
  identity: Identity;
  /** Without, one sees what others send, upon the picture that this stands in: the host does not applaud. */
  canReact: boolean;
}

export default function Applause(props: ApplauseProps) {
  return (
    <PanelWords>
      <Bar {...props} />
    </PanelWords>
  );
}

/** Buttons for a quick word, and everybody's rising above them. */
function Bar({ sessionId, identity, canReact }: ApplauseProps) {
  const say = useText();
  const react = (emoji: Emoji) => {
    // Told to everybody within the second, or not at all: nothing is said of one that came too often.
    done(api(identity).POST('/sessions/{id}/reactions', { params: { path: { id: sessionId } }, body: { emoji } })).catch(() => undefined);
  };
  return (
    <div className={canReact ? classes.place : classes.upon}>
      <Rising sessionId={sessionId} />
      {canReact && (
        <div className={classes.bar} role="group" aria-label={say('applause.title')} data-testid="applause">
          {EMOJI.map(([emoji, words]) => (
            <button key={emoji} type="button" className={classes.button} aria-label={say(words)} title={say(words)} onClick={() => react(emoji)} data-emoji={emoji}>
              {emoji}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function Rising({ sessionId }: { sessionId: string }) {
  const bursts = useQuery<readonly Burst[]>({ queryKey: keys.applause(sessionId), queryFn: skipToken }).data ?? [];
  const [since] = useState(() => performance.now());
  return (
    <div className={classes.rising} aria-hidden data-testid="rising">
      {bursts
        .filter((burst) => burst.at >= since)
        .flatMap((burst) => Array.from({ length: Math.min(burst.count, MOST) }, (_, index) => <Sprite key={`${burst.id} ${burst.emoji} ${index}`} burst={burst} index={index} />))}
    </div>
  );
}

/** Where it rises is drawn from its place in the burst, so that drawing it again does not move it. */
function Sprite({ burst, index }: { burst: Burst; index: number }) {
  const seed = (burst.id.charCodeAt(burst.id.length - 1) * 31 + burst.emoji.charCodeAt(0) + index * 47) % 90;
  const style = { left: `${seed + 3}%`, animationDelay: `${index * 90}ms` } as CSSProperties;
  return (
    <span className={classes.sprite} style={style} data-emoji={burst.emoji}>
      {burst.emoji}
      {index === 0 && burst.count > 1 && <small className={classes.count}>{burst.count}</small>}
    </span>
  );
}
