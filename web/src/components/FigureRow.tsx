import { type MessageId, Text, useText } from '../i18n/text';
import classes from './FigureRow.module.css';

export type Figure = readonly [words: MessageId, value: string | number];

interface FigureRowProps {
  /** What they are figures of. */
  label: MessageId;
  figures: readonly Figure[];
  testId: string;
  /** With its heading in sight. */
  isTitled?: boolean;
}

/** Figures beside each other: the number large, what it counts beneath. */
export function FigureRow({ label, figures, testId, isTitled = true }: FigureRowProps) {
  const say = useText();
  return (
    <div role="group" aria-label={say(label)} className={`lh-card ${classes.card}`}>
      {isTitled && (
        <p className={classes.title} aria-hidden>
          <Text id={label} />
        </p>
      )}
      <dl className={`lh-figures ${classes.figures}`} data-testid={testId}>
        {figures.map(([words, value]) => (
          <div key={words} className={classes.figure} data-figure={words}>
            <dt>
              <Text id={words} />
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
