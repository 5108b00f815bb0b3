import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPreset } from './fixtures';
import { changesOf, draftOf, faultsOf, idleBy, NAMES, NEW, requestOf, USUAL } from './form';
import { defaultIn, together, usableIn } from './queries';

const document = JSON.parse(readFileSync('openapi/live.json', 'utf8')) as {
  components: { schemas: { CreatePresetRequest: { properties: Record<string, { type?: string; description?: string }> } } };
};

describe('the switches', () => {
  const { properties } = document.components.schemas.CreatePresetRequest;
  const inDocument = Object.entries(properties).filter(([name, { type }]) => type === 'boolean' && name !== 'is_default');

  it('are those of the document, each once', () => {
    expect([...NAMES].sort()).toEqual(inDocument.map(([name]) => name).sort());
    expect(NAMES).toHaveLength(28 + 4);
  });

  it('begin as the contract has them', () => {
    const usual = inDocument.map(([name, { description }]) => [name, !/Default false/.test(description ?? '')]);
    expect(USUAL).toEqual(Object.fromEntries(usual));
  });

  it('have no effect while what they are about is off', () => {
    const silent = { ...USUAL, chat_enabled: false, stage_enabled: false };
    expect(idleBy('audience_chat_send_text', silent)).toBe('chat');
    expect(idleBy('moderator_manage_stage', silent)).toBe('stage');
    expect(idleBy('audience_stage_join_request', silent)).toBe('stage');
    expect(idleBy('host_poll_vote', silent)).toBeNull();
    expect(idleBy('host_camera_enabled', silent)).toBeNull();
    expect(idleBy('chat_enabled', silent)).toBeNull();
  });
});

describe('a draft', () => {
  it('of a preset that was not touched changes nothing', () => {
    const preset = aPreset({ max_join_limit: 4, primary_color: '#0b5f63' });
    expect(changesOf(preset, draftOf(preset))).toEqual({});
  });

  it('sends only what was changed', () => {
    const preset = aPreset({ logo: 'https://example.org/logo.svg', is_default: true });
    const draft = draftOf(preset);
    const changed = { ...draft, name: ' Quiet ', logo: '', limit: '3', switches: { ...draft.switches, chat_enabled: false } };
    expect(changesOf(preset, changed)).toEqual({ name: 'Quiet', logo: null, max_join_limit: 3, chat_enabled: false });
  });

  it('of a new preset has all switches, and no limit where none was given', () => {
    expect(requestOf({ ...NEW, name: 'Usual' })).toMatchObject({ name: 'Usual', max_join_limit: 0, primary_color: null, ...USUAL });
  });

  it.each([
    [{ limit: '-1' }, ['limit']],
    [{ limit: '2.5' }, ['limit']],
    [{ limit: '99999999999' }, ['limit']],
    [{ colour: 'green' }, ['colour']],
    [{ colour: '#0b5f6' }, ['colour']],
    [{ logo: 'javascript:alert(1)' }, ['logo']],
    [{ logoTarget: 'example.org' }, ['logoTarget']],
    [{ limit: '12', colour: '#FFF', logo: 'https://example.org/a.svg', logoTarget: 'http://example.org' }, []],
  ])('says what is wrong with %o', (change, wrong) => {
    expect(Object.keys(faultsOf({ ...NEW, ...change }))).toEqual(wrong);
  });
});

describe('presets to choose from', () => {
  const personal = aPreset({ id: '1', name: 'B', is_default: true });
  const here = aPreset({ id: '2', name: 'A', library_id: 'here', is_default: true });
  const elsewhere = aPreset({ id: '3', name: 'C', library_id: 'elsewhere', user_id: 'grace', is_default: true });

  it('are one list by name, each once', () => {
    expect(together([personal, here], [here, elsewhere]).map(({ id }) => id)).toEqual(['2', '1', '3']);
  });

  it('are those of the room’s library and the personal ones', () => {
    expect(usableIn('here', [personal, here, elsewhere])).toEqual([personal, here]);
  });

  it('have a default: the owner’s in the library, else the personal one', () => {
    expect(defaultIn('here', 'ada', [personal, here])).toBe(here);
    expect(defaultIn('elsewhere', 'ada', [personal, here, elsewhere])).toBe(personal);
    expect(defaultIn('here', 'linus', [personal, here])).toBeUndefined();
  });
});
