import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e8f4f4', '#d0e7e7', '#a3d2d3', '#74bdbf', '#4fb0b3', '#2f9a9d', '#1d8387', '#137b7f', '#0b5f63', '#074a4d',
];
const signal: MantineColorsTuple = [
  '#fdeeea', '#fbd9d1', '#f6b1a2', '#f28a73', '#f0705a', '#e4523d', '#d33f2b', '#b93222', '#98271a', '#741c12',
];

const ink: MantineColorsTuple = [
  '#e9ecee', '#b9c0c5', '#a5adb3', '#949ca2', '#3a434a', '#2a3136', '#20262a', '#181c1f', '#12161a', '#0b0e0f',
];

const stone: MantineColorsTuple = [
  '#f6f5f2', '#eeece7', '#e4e1da', '#d6d2c9', '#c3bfb5', '#a5a29a', '#85837d', '#6a6965', '#4b4b48', '#2f3030',
];

const font = "'Inter Variable', system-ui, sans-serif";

/** One type family, 16 px, an 8 px grid, one accent. */
export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 8, dark: 7 },
  colors: { petrol, signal, dark: ink, gray: stone },
  fontFamily: font,
  headings: { fontFamily: font, fontWeight: '650', sizes: { h1: { fontSize: '1.75rem', lineHeight: '1.2' }, h2: { fontSize: '1.25rem', lineHeight: '1.3' } } },
  fontSizes: { xs: '0.8125rem', sm: '0.875rem', md: '1rem', lg: '1.125rem', xl: '1.25rem' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { sm: '6px', md: '10px', lg: '14px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    InputWrapper: { styles: { label: { marginBottom: '4px' }, description: { marginBottom: '4px', lineHeight: 1.4 } } },
    Button: { defaultProps: { size: 'sm' }, styles: { label: { overflow: 'visible' } } },
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.5, blur: 2 }, transitionProps: { duration: 150 } }, styles: { content: { background: 'var(--lh-surface)' }, header: { background: 'var(--lh-surface)' }, title: { fontWeight: 650, fontSize: '1.125rem' } } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
  },
});

/** Our paper, ink and lines; each text colour has 4.5 : 1 on each ground it is used on. */
export const variables: CSSVariablesResolver = () => ({
  variables: { '--lh-live': '#c93523', '--lh-on-live': '#ffffff', '--lh-stage': '#0b0d0e' },
  light: {
    '--mantine-color-body': '#f6f5f2',
    '--mantine-color-text': '#1b1f21',
    '--mantine-color-dimmed': '#565c61',
    '--mantine-color-placeholder': '#6a7075',
    '--mantine-color-error': '#b42a1b',
    '--lh-surface': '#ffffff',
    '--lh-sunken': '#eeece7',
    '--lh-line': '#dedad2',
    '--lh-line-strong': '#8d8f8c',
    '--lh-accent-text': '#0b5f63',
    '--lh-good': '#1d7a46',
    '--lh-warn-ground': '#fdf1d8',
    '--lh-warn-text': '#6b4700',
  },
  dark: {
    '--mantine-color-body': '#101315',
    '--mantine-color-text': '#e9ecee',
    '--mantine-color-dimmed': '#a5adb3',
    '--mantine-color-placeholder': '#949ca2',
    '--mantine-color-error': '#ff9d8c',
    '--lh-surface': '#181c1f',
    '--lh-sunken': '#0b0e0f',
    '--lh-line': '#2a3136',
    '--lh-line-strong': '#6b757c',
    '--lh-accent-text': '#6cc4c7',
    '--lh-good': '#63c98d',
    '--lh-warn-ground': '#33280f',
    '--lh-warn-text': '#f3cf86',
  },
});
