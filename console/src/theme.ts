import { applyMode, Mode } from '@cloudscape-design/global-styles';

const dark = window.matchMedia('(prefers-color-scheme: dark)');

/** Light or dark as the system is, also when it changes. */
export function followSystemTheme(): void {
  setDark(dark.matches);
  dark.addEventListener('change', ({ matches }) => setDark(matches));
}

export function isDark(): boolean {
  return document.body.classList.contains('awsui-dark-mode');
}

export function setDark(on: boolean): void {
  applyMode(on ? Mode.Dark : Mode.Light);
}
