// SPDX-License-Identifier: Apache-2.0
// Light or dark: the system's choice unless the user made one. early.js applies it before the first paint.

const kStored = 'rap.theme';

export const themes = ['light', 'dark'];

/** The chosen theme, or null for the system's. */
export const chosenTheme = () => localStorage.getItem(kStored);

/** Chooses a theme, or with null the system's. */
export function applyTheme(theme) {
  if (theme) {
    localStorage.setItem(kStored, theme);
    document.documentElement.dataset.theme = theme;
  } else {
    localStorage.removeItem(kStored);
    delete document.documentElement.dataset.theme;
  }
}
