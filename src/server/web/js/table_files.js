// SPDX-License-Identifier: Apache-2.0
// Captions as files: JSON lines and CSV. Pure functions.

const kColumns = ['file', 'caption', 'names', 'probabilities', 'error'];

/** A spreadsheet would run a cell that begins like this; an apostrophe keeps it text. */
const kFormula = /^[\s]*[=+\-@\t\r]/;

function cell(value) {
  const text = String(value ?? '');
  const safe = kFormula.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function row({ path, caption = '', recognition, error = '' }) {
  const matches = recognition?.matches ?? [];
  return [path, caption, matches.map((match) => match.name).join('; '), matches.map((match) => match.probability.toFixed(3)).join('; '), error];
}

/** CSV after RFC 4180, with a byte order mark so that spreadsheets read it as UTF-8. */
export function toCsv(items) {
  return `\ufeff${[kColumns, ...items.map(row)].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')}`;
}

/** One JSON object a line. */
export function toJsonLines(items) {
  return items.map(({ path, caption, recognition, error }) => `${JSON.stringify(error
    ? { file: path, error }
    : { file: path, caption, names: (recognition?.matches ?? []).map((match) => match.name), ...recognition })}\n`).join('');
}
