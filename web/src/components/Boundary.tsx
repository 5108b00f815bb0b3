import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Text } from '../i18n/text';
import { State } from './states';

/** The last net: says that the page broke, and offers the way that mends most. */
export class Boundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main>
        <State
          title="broken.title"
          text="broken.text"
          action={<Button onClick={() => window.location.reload()}><Text id="action.reload" /></Button>}
        />
      </main>
    );
  }
}
