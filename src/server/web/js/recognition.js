// SPDX-License-Identifier: Apache-2.0
// What the server recognised in a photo, sorted for people. Pure functions.
import { percent, t } from './i18n.js';

/** Every concept that was considered, once for each place, the most probable first. */
function candidates({ matches, doubts, near }) {
  const all = [...matches, ...doubts.flatMap((doubt) => doubt.candidates), ...near];
  const seen = new Map();
  for (const match of all) {
    const key = `${match.id} ${match.box}`;
    if (!seen.has(key)) seen.set(key, match);
  }
  return [...seen.values()].sort((a, b) => b.probability - a.probability);
}

/** As the server sorted it: {accepted, doubts, rejected}. */
export const sorted = ({ matches, doubts, near }) => ({ accepted: matches, doubts, rejected: near });

/**
 * How a threshold would sort what was considered, without asking again: {accepted, doubts, rejected}. A doubt holds
 * while it passes together and none of its candidates passes alone.
 */
export function splitAt(recognition, threshold) {
  const all = candidates(recognition);
  const accepted = all.filter((match) => match.probability >= threshold);
  const isNamed = (match) => accepted.some((other) => other.id === match.id);
  const doubts = recognition.doubts.filter((doubt) => doubt.probability >= threshold && !doubt.candidates.some(isNamed));
  const inDoubt = new Set(doubts.flatMap((doubt) => doubt.candidates.map((match) => match.id)));
  const rejected = all.filter((match) => match.probability < threshold && !inDoubt.has(match.id));
  return { accepted, doubts, rejected };
}

/** Whether anything at all was considered. */
export const isEmpty = ({ matches, doubts, near }) => matches.length + doubts.length + near.length === 0;

/** Evidence in words: [["looks like", "93 %"], …]. */
export function evidenceRows(evidence) {
  const rows = [];
  if (evidence.face !== null && evidence.face !== undefined) rows.push([t('evidence.face'), percent(evidence.face)]);
  if (evidence.looks_like !== null && evidence.looks_like !== undefined) rows.push([t('evidence.looks_like'), percent(Math.max(0, evidence.looks_like))]);
  if (evidence.is_named) rows.push([t('evidence.is_named'), t('evidence.yes')]);
  if (evidence.text_fits !== null && evidence.text_fits !== undefined) rows.push([t('evidence.text_fits'), percent(evidence.text_fits)]);
  return rows;
}
