import { UnstyledButton } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';
import { type MessageId, Text } from '../i18n/text';
import classes from './SideTabs.module.css';

export interface SideTab {
  id: string;
  title: MessageId;
  /** How many wait there; nothing is shown for none. */
  count?: number;
  content: ReactNode;
}

/** Panels beside the picture, one at a time. One that was shown once stays as it is while another is seen. */
export function SideTabs({ tabs, label }: { tabs: readonly SideTab[]; label: string }) {
  const [selected, setSelected] = useState(0);
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set([tabs[0]?.id ?? '']));
  const list = useRef<HTMLDivElement>(null);
  const name = useId();

  const select = (at: number) => {
    setSelected(at);
    setVisited(new Set([...visited, tabs[at]?.id ?? '']));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowRight: selected + 1, ArrowLeft: selected - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const at = (to + tabs.length) % tabs.length;
    select(at);
    (list.current?.children[at] as HTMLElement | undefined)?.focus();
  };
  return (
    <>
      <div className={classes.tabs} role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown} tabIndex={-1}>
        {tabs.map((tab, at) => (
          <UnstyledButton
            key={tab.id}
            className={classes.tab}
            role="tab"
            id={`${name}-${tab.id}`}
            aria-controls={`${name}-${tab.id}-panel`}
            aria-selected={at === selected}
            tabIndex={at === selected ? 0 : -1}
            onClick={() => select(at)}
            data-testid={`tab-${tab.id}`}
          >
            <Text id={tab.title} />
            {tab.count !== undefined && tab.count > 0 && <span className="lh-figures"> ({tab.count})</span>}
          </UnstyledButton>
        ))}
      </div>
      {tabs.map((tab, at) => (
        <div key={tab.id} className={classes.panel} role="tabpanel" id={`${name}-${tab.id}-panel`} aria-labelledby={`${name}-${tab.id}`} hidden={at !== selected}>
          {visited.has(tab.id) && tab.content}
        </div>
      ))}
    </>
  );
}
