import type { ReactNode } from 'react';
import classes from './GalleryPage.module.css';

export function Piece({ name, wide = false, children }: { name: string; wide?: boolean; children: ReactNode }) {
  return (
    <section className={classes.piece} data-wide={wide || undefined} aria-label={name} data-piece={name}>
      <h2 className={classes.name} data-verbatim>
        {name}
      </h2>
      {children}
    </section>
  );
}
